#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

/// The bytes of small pictures.
namespace athanor::testing {

inline std::string big(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text.push_back(static_cast<char>(number >> (8 * i)));
  }
  return text;
}

inline std::string little(std::uint32_t number, int bytes) {
  std::string text = big(number, bytes);
  std::reverse(text.begin(), text.end());
  return text;
}

/// The parts of a PNG that its header needs, with its end.
inline std::string small_png(std::uint32_t width = 3, std::uint32_t height = 2) {
  return "\x89PNG\r\n\x1A\n" + big(13, 4) + "IHDR" + big(width, 4) + big(height, 4) +
         std::string("\x08\x02\0\0\0", 5) + big(0, 4) + big(0, 4) + "IEND" + big(0xAE426082, 4);
}

/// A JPEG with a segment of `notes` bytes before its frame, as cameras write them.
inline std::string small_jpeg(std::uint32_t width, std::uint32_t height, std::size_t notes = 10) {
  return "\xFF\xD8\xFF\xE1" + big(static_cast<std::uint32_t>(notes) + 2, 2) +
         std::string(notes, 'n') + "\xFF\xFF\xC0" + big(17, 2) + "\x08" + big(height, 2) +
         big(width, 2) + "\x03" + std::string(9, '\0') + "\xFF\xDA" + "data" + "\xFF\xD9";
}

/// The EXIF segment of a JPEG that says nothing but how its picture is turned.
inline std::string exif_segment(std::uint32_t orientation) {
  const std::string content = std::string("Exif\0\0MM\0*", 10) + big(8, 4) + big(1, 2) +
                              big(274, 2) + big(3, 2) + big(1, 4) + big(orientation, 2) +
                              big(0, 2) + big(0, 4);
  return "\xFF\xE1" + big(static_cast<std::uint32_t>(content.size()) + 2, 2) + content;
}

/// The JPEG with a segment before all others.
inline std::string with_segment(const std::string& jpeg, const std::string& segment) {
  return jpeg.substr(0, 2) + segment + jpeg.substr(2);
}

}  // namespace athanor::testing
