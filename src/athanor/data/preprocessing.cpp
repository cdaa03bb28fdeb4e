#include "athanor/data/preprocessing.hpp"

#include <utility>

#include <fmt/format.h>

#include "athanor/catalog/input_size.hpp"
#include "athanor/core/json_number.hpp"

namespace athanor::data {

namespace {

constexpr std::array<std::pair<PreprocessMode, std::string_view>, 3> mode_names{{
    {PreprocessMode::caffe, "caffe"},
    {PreprocessMode::torch, "torch"},
    {PreprocessMode::tf, "tf"},
}};

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

float mapped(const ChannelMap& map, std::uint8_t pixel) {
  return map.scale * static_cast<float>(pixel) + map.offset;
}

/// Of the 256 values that a pixel can have. Channels that change places keep the compiler from
/// vectors, and then looking up is quicker than computing.
std::array<float, 256> table_of(const ChannelMap& map) {
  std::array<float, 256> table{};
  for (std::size_t pixel = 0; pixel < table.size(); ++pixel) {
    table[pixel] = mapped(map, static_cast<std::uint8_t>(pixel));
  }
  return table;
}

void normalize_color(const cv::Mat& image, const std::vector<ChannelMap>& maps, float* out) {
  const std::array tables{table_of(maps[0]), table_of(maps[1]), table_of(maps[2])};
  const std::array sources{maps[0].source, maps[1].source, maps[2].source};
  for (int y = 0; y < image.rows; ++y) {
    const auto* pixel = image.ptr(y);
    for (int x = 0; x < image.cols; ++x, pixel += 3, out += 3) {
      for (std::size_t c = 0; c < 3; ++c) {
        out[c] = tables[c][pixel[sources[c]]];
      }
    }
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
  ATHANOR_TRY(const auto size, catalog::parse_input_size(text));
  preprocessing.channels = static_cast<Channels>(size.channels);
  preprocessing.height = size.height;
  preprocessing.width = size.width;
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
    const auto count = [&json](const char* key) {
      return integer_of<int>(json.at(key)).value_or(0);
    };
    ATHANOR_CHECK_OK(parse_image_size(
        fmt::format("{},{},{}", count("channels"), count("height"), count("width")),
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
  const auto maps = channel_maps(preprocessing);
  if (preprocessing.channels == Channels::color) {
    normalize_color(image, maps, out);
    return;
  }
  const auto map = maps.front();
  for (int y = 0; y < image.rows; ++y, out += image.cols) {
    const auto* pixels = image.ptr(y);
    for (int x = 0; x < image.cols; ++x) {
      out[x] = mapped(map, pixels[x]);
    }
  }
}

}  // namespace athanor::data
