#include "athanor/data/image.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
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

}  // namespace

Result<cv::Mat> read_image(const fs::path& path, Channels channels) {
  const auto bytes = read_file(path);
  if (!bytes) {
    return fail(unreadable(path, bytes.error().message));
  }
  if (bytes->empty()) {
    return fail(unreadable(path, "the file is empty"));
  }
  const int mode = channels == Channels::gray ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR;
  cv::Mat image;
  try {
    const cv::Mat raw(1, static_cast<int>(bytes->size()), CV_8U, const_cast<char*>(bytes->data()));
    image = cv::imdecode(raw, mode);
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
