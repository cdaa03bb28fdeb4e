#pragma once

#include <filesystem>
#include <string>

#include <opencv2/core/mat.hpp>

#include "athanor/core/error.hpp"

namespace athanor::data {

/// How many channels a network sees.
enum class Channels : int { gray = 1, color = 3 };

/// A picture as 8-bit rows, gray or B,G,R. EXIF orientation is applied, 16 bits become 8, alpha is
/// dropped and CMYK is converted, as OpenCV does. A JPEG whose sides are at least twice, four or
/// eight times `enough_side` may come that many times smaller, which is quicker to decode; 0 asks
/// for all pixels. The error names the file: unreadable, empty, of an unknown format, or over
/// limits::image_pixels.
[[nodiscard]] Result<cv::Mat> read_image(const std::filesystem::path& path,
                                         Channels channels,
                                         int enough_side = 0);

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
