#include "athanor/inspect/decoder.hpp"

#include <new>

#include <opencv2/core/mat.hpp>
#include <opencv2/imgcodecs.hpp>

#include "athanor/core/limits.hpp"

namespace athanor::inspect {

namespace {

/// The picture as it is stored: channels and depth are not converted.
cv::Mat read(const std::filesystem::path& picture) {
  return cv::imread(picture.string(), cv::IMREAD_UNCHANGED | cv::IMREAD_IGNORE_ORIENTATION);
}

Decoded described(const cv::Mat& image) {
  return {.outcome = Outcome::decoded,
          .channels = static_cast<std::uint8_t>(image.channels()),
          .bits = static_cast<std::uint8_t>(8 * image.elemSize1()),
          .width = static_cast<std::uint32_t>(image.cols),
          .height = static_cast<std::uint32_t>(image.rows)};
}

}  // namespace

Decoded decode(const std::filesystem::path& picture) {
  std::error_code error;
  if (std::filesystem::file_size(picture, error) == 0) {
    return {.outcome = Outcome::empty};
  }
  try {
    const cv::Mat image = read(picture);
    if (image.empty()) {
      return {.outcome = Outcome::undecodable};
    }
    return image.total() > limits::image_pixels ? Decoded{.outcome = Outcome::too_large}
                                                : described(image);
  } catch (const cv::Exception& failure) {
    return {.outcome = failure.code == cv::Error::StsNoMem ? Outcome::out_of_memory
                                                           : Outcome::undecodable};
  } catch (const std::bad_alloc&) {
    return {.outcome = Outcome::out_of_memory};
  }
}

}  // namespace athanor::inspect
