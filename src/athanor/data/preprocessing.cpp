#include "athanor/data/preprocessing.hpp"

#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace athanor::data {

namespace {

constexpr std::array<std::pair<PreprocessMode, std::string_view>, 3> mode_names{{
    {PreprocessMode::caffe, "caffe"},
    {PreprocessMode::torch, "torch"},
    {PreprocessMode::tf, "tf"},
}};

constexpr int largest_side = 16384;

std::string_view name_of(PreprocessMode mode) {
  for (const auto& [candidate, name] : mode_names) {
    if (candidate == mode) {
      return name;
    }
  }
  return "caffe";
}

/// value = scale * pixel + offset for one output channel, which reads input channel `source`.
struct ChannelMap {
  int source = 0;
  float scale = 1;
  float offset = 0;
};

ChannelMap centered(int source, double mean, double deviation) {
  return {source, static_cast<float>(1 / deviation), static_cast<float>(-mean / deviation)};
}

/// OpenCV's pictures are B,G,R; these are the maps to what the mode shows the network.
std::vector<ChannelMap> channel_maps(const Preprocessing& preprocessing) {
  const auto normalization = normalization_of(preprocessing);
  const auto channels = normalization.mean.size();
  std::vector<ChannelMap> maps;
  for (std::size_t c = 0; c < channels; ++c) {
    const auto source = normalization.red_first ? channels - 1 - c : c;
    maps.push_back(
        centered(static_cast<int>(source), normalization.mean[c], normalization.deviation[c]));
  }
  return maps;
}

void normalize_color_row(const std::uint8_t* pixels,
                         int width,
                         const std::array<ChannelMap, 3>& maps,
                         float* out) {
  for (int x = 0; x < width; ++x) {
    for (std::size_t c = 0; c < 3; ++c) {
      out[3 * x + static_cast<int>(c)] =
          maps[c].scale * static_cast<float>(pixels[3 * x + maps[c].source]) + maps[c].offset;
    }
  }
}

std::optional<int> parse_int(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

Normalization normalization_of(const Preprocessing& preprocessing) {
  const bool gray = preprocessing.channels == Channels::gray;
  switch (preprocessing.mode) {
    case PreprocessMode::caffe: {
      const auto mean = preprocessing.image_mean.value_or(std::array{103.939, 116.779, 123.68});
      if (gray) {
        return {false, {preprocessing.image_mean ? mean[0] : 117.3786}, {1}};
      }
      return {false, {mean[0], mean[1], mean[2]}, {1, 1, 1}};
    }
    case PreprocessMode::torch:
      if (gray) {
        return {false, {0.449 * 255}, {0.226 * 255}};
      }
      return {
          true, {0.485 * 255, 0.456 * 255, 0.406 * 255}, {0.229 * 255, 0.224 * 255, 0.225 * 255}};
    case PreprocessMode::tf:
      if (gray) {
        return {false, {127.5}, {127.5}};
      }
      return {true, {127.5, 127.5, 127.5}, {127.5, 127.5, 127.5}};
  }
  return {};
}

Result<PreprocessMode> parse_preprocess_mode(std::string_view name) {
  for (const auto& [mode, candidate] : mode_names) {
    if (candidate == name) {
      return mode;
    }
  }
  return fail(ErrorCode::invalid_argument,
              fmt::format("\"{}\" is no way of preprocessing; use caffe, torch or tf", name));
}

Status parse_image_size(std::string_view text, Preprocessing& preprocessing) {
  const auto parts = split_at_commas(text);
  std::vector<int> sizes;
  for (const auto part : parts) {
    if (const auto size = parse_int(part)) {
      sizes.push_back(*size);
    }
  }
  const bool well_formed = parts.size() == 3 && sizes.size() == 3 &&
                           (sizes[0] == 1 || sizes[0] == 3) && sizes[1] > 0 && sizes[2] > 0 &&
                           sizes[1] <= largest_side && sizes[2] <= largest_side;
  if (!well_formed) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" is no input size; write channels,height,width with 1 (gray) or "
                            "3 (colour) channels, for example 3,224,224",
                            text));
  }
  preprocessing.channels = static_cast<Channels>(sizes[0]);
  preprocessing.height = sizes[1];
  preprocessing.width = sizes[2];
  return {};
}

Json to_json(const Preprocessing& preprocessing) {
  return {
      {"channels", static_cast<int>(preprocessing.channels)},
      {"height", preprocessing.height},
      {"width", preprocessing.width},
      {"mode", name_of(preprocessing.mode)},
      {"interpolation",
       preprocessing.interpolation == Interpolation::bicubic ? "bicubic" : "bilinear"},
      {"image_mean", preprocessing.image_mean ? Json(*preprocessing.image_mean) : Json(nullptr)}};
}

Result<Preprocessing> preprocessing_from_json(const Json& json) {
  try {
    Preprocessing preprocessing;
    ATHANOR_CHECK_OK(parse_image_size(fmt::format("{},{},{}",
                                                  json.at("channels").get<int>(),
                                                  json.at("height").get<int>(),
                                                  json.at("width").get<int>()),
                                      preprocessing));
    ATHANOR_TRY(preprocessing.mode, parse_preprocess_mode(json.at("mode").get<std::string>()));
    preprocessing.interpolation =
        json.at("interpolation") == "bicubic" ? Interpolation::bicubic : Interpolation::bilinear;
    if (const auto& mean = json.at("image_mean"); !mean.is_null()) {
      preprocessing.image_mean = mean.get<std::array<double, 3>>();
    }
    return preprocessing;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid_argument, fmt::format("preprocessing: {}", error.what()));
  }
}

void normalize(const cv::Mat& image, const Preprocessing& preprocessing, float* out) {
  CV_Assert(image.rows == preprocessing.height && image.cols == preprocessing.width &&
            image.channels() == static_cast<int>(preprocessing.channels) && image.depth() == CV_8U);
  const auto row_size = static_cast<std::ptrdiff_t>(image.cols) * image.channels();
  if (preprocessing.channels == Channels::color) {
    const auto found = channel_maps(preprocessing);
    const std::array maps{found[0], found[1], found[2]};
    for (int y = 0; y < image.rows; ++y) {
      normalize_color_row(image.ptr(y), image.cols, maps, out + y * row_size);
    }
    return;
  }
  const auto map = channel_maps(preprocessing).front();
  for (int y = 0; y < image.rows; ++y) {
    const auto* pixels = image.ptr(y);
    for (int x = 0; x < image.cols; ++x) {
      out[y * row_size + x] = map.scale * static_cast<float>(pixels[x]) + map.offset;
    }
  }
}

}  // namespace athanor::data
