#pragma once

#include <cstdint>
#include <string_view>

namespace athanor::data {

/// A rectangle of a JPEG that becomes `reduction` times smaller, in pixels of the smaller picture.
struct JpegPart {
  std::uint32_t left = 0;
  std::uint32_t top = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t reduction = 1;  ///< 1, 2, 4 or 8.
};

/// Decodes a part of a JPEG to the pixels that cv::imdecode gives of it where it decodes all:
/// B,G,R, or gray for one channel, in width x height x channels bytes at `pixels`. EXIF is not
/// heeded. False, with any pixels, for what has to be decoded as a whole: other kinds than those
/// with 8 bits of gray or of YCbCr in the usual subsamplings, a part that is not all inside, damage
/// on the way to the part's last row. Damage below is not seen.
[[nodiscard]] bool decode_jpeg_part(std::string_view jpeg,
                                    const JpegPart& part,
                                    int channels,
                                    std::uint8_t* pixels);

}  // namespace athanor::data
