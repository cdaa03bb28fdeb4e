#pragma once

#include <filesystem>
#include <string>

namespace athanor {

/// ".jpg" of "A.JPG".
[[nodiscard]] std::string lower_extension(const std::filesystem::path& file);

/// Whether the name ends like a picture that is read (.jpg .jpeg .png .bmp .tif .tiff .webp .ppm
/// .pgm), in any case.
[[nodiscard]] bool is_picture_name(const std::filesystem::path& file);

}  // namespace athanor
