#pragma once

#include <filesystem>
#include <functional>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "athanor/core/error.hpp"

namespace athanor::data {

/// How many channels a network sees.
enum class Channels : int { gray = 1, color = 3 };

/// What is needed of a picture.
struct PicturePart {
  cv::Rect area;  ///< In pixels of the whole picture.
  /// How many times smaller it may come: 1, 2, 4 or 8. The area begins at a multiple of it.
  int reduction = 1;
};

/// Says what is needed of a picture of this size; may be asked more than once.
using ChoosePart = std::function<PicturePart(cv::Size picture)>;

/// A picture as 8-bit rows, gray or B,G,R. EXIF orientation is applied, 16 bits become 8, alpha is
/// dropped and CMYK is converted, as OpenCV does. The error names the file: unreadable, empty, of
/// an unknown format, or over limits::image_pixels.
[[nodiscard]] Result<cv::Mat> read_image(const std::filesystem::path& path, Channels channels);

/// The part of it that `choose` wants. JPEGs come as small as allowed, which is quicker to decode,
/// and are not decoded outside of the part where that shows the same pixels: damage there may go
/// unseen.
[[nodiscard]] Result<cv::Mat> read_image_part(const std::filesystem::path& path,
                                              Channels channels,
                                              const ChoosePart& choose);

/// Has each step on a picture done by the thread that asks for it, in the whole process. Threads
/// read pictures side by side as it is; those of OpenCV's own pool would take the processor from
/// the training, since they do not yield as ours do.
void keep_pictures_to_their_threads();

/// Writes JPEG, PNG, BMP, TIFF or WebP by the name's extension.
[[nodiscard]] Status write_image(const std::filesystem::path& path, const cv::Mat& image);

/// Whether the name ends like a picture that we read (.jpg .jpeg .png .bmp .tif .tiff .webp .ppm
/// .pgm), in any case.
[[nodiscard]] bool is_image_name(const std::filesystem::path& path);

}  // namespace athanor::data
