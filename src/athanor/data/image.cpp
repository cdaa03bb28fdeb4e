#include "athanor/data/image.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/picture_header.hpp"
#include "athanor/core/picture_name.hpp"

namespace athanor::data {

namespace fs = std::filesystem;

namespace {

/// "cat/0001.jpg": enough to find the file, without the server's own folders.
std::string short_name(const fs::path& path) {
  return (path.parent_path().filename() / path.filename()).string();
}

Error unreadable(const fs::path& path, std::string_view reason) {
  return {ErrorCode::invalid_argument,
          fmt::format(
              "cannot read the picture {}: {}; replace or remove it", short_name(path), reason)};
}

struct Reduction {
  std::int64_t times;  ///< Smaller.
  cv::ImreadModes gray;
  cv::ImreadModes color;
};

constexpr std::array<Reduction, 3> reductions{{
    {8, cv::IMREAD_REDUCED_GRAYSCALE_8, cv::IMREAD_REDUCED_COLOR_8},
    {4, cv::IMREAD_REDUCED_GRAYSCALE_4, cv::IMREAD_REDUCED_COLOR_4},
    {2, cv::IMREAD_REDUCED_GRAYSCALE_2, cv::IMREAD_REDUCED_COLOR_2},
}};

/// The quickest way to decode that leaves both sides at least `enough_side`. Of other formats than
/// JPEG, OpenCV decodes all pixels before it reduces them.
cv::ImreadModes mode_for(std::string_view bytes, Channels channels, int enough_side) {
  const bool is_gray = channels == Channels::gray;
  if (enough_side > 0) {
    PictureInMemory picture(bytes);
    const auto header = read_picture_header(picture);
    const auto shorter = header && header->format == PictureFormat::jpeg
                             ? std::min(header->width, header->height)
                             : 0;
    for (const auto& reduction : reductions) {
      if (shorter >= reduction.times * enough_side) {
        return is_gray ? reduction.gray : reduction.color;
      }
    }
  }
  return is_gray ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR;
}

}  // namespace

Result<cv::Mat> read_image(const fs::path& path, Channels channels, int enough_side) {
  const auto bytes = read_file(path);
  if (!bytes) {
    return fail(unreadable(path, bytes.error().message));
  }
  if (bytes->empty()) {
    return fail(unreadable(path, "the file is empty"));
  }
  cv::Mat image;
  try {
    const cv::Mat raw(1, static_cast<int>(bytes->size()), CV_8U, const_cast<char*>(bytes->data()));
    image = cv::imdecode(raw, mode_for(*bytes, channels, enough_side));
  } catch (const cv::Exception& error) {
    return fail(unreadable(path, error.err));
  }
  if (image.empty()) {
    return fail(unreadable(path, "it is damaged or of an unknown format"));
  }
  if (image.total() > limits::image_pixels) {
    return fail(ErrorCode::too_large,
                fmt::format("the picture {} has {} x {} pixels, over the limit of {}; shrink it",
                            short_name(path),
                            image.cols,
                            image.rows,
                            limits::image_pixels));
  }
  return image;
}

void keep_pictures_to_their_threads() {
  cv::setNumThreads(1);
}

Status write_image(const fs::path& path, const cv::Mat& image) {
  try {
    if (cv::imwrite(path.string(), image)) {
      return {};
    }
  } catch (const cv::Exception& error) {
    return fail(ErrorCode::io,
                fmt::format("cannot write the picture {}: {}", short_name(path), error.err));
  }
  return fail(ErrorCode::io, fmt::format("cannot write the picture {}", short_name(path)));
}

bool is_image_name(const fs::path& path) {
  return is_picture_name(path);
}

}  // namespace athanor::data
