#include "athanor/core/picture_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace athanor {

namespace {

constexpr std::array<std::string_view, 9> extensions = {
    ".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"};

}  // namespace

std::string lower_extension(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return extension;
}

bool is_picture_name(const std::filesystem::path& file) {
  return std::find(extensions.begin(), extensions.end(), lower_extension(file)) != extensions.end();
}

}  // namespace athanor
