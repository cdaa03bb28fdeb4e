#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "target.hpp"

#include "athanor/core/picture_header.hpp"
#include "athanor/data/jpeg_part.hpp"

namespace athanor::fuzz {

namespace {

constexpr std::uint64_t most_pixels = 1 << 20;  // Larger ones only cost time.

std::vector<std::uint8_t> buffer_for(const data::JpegPart& part, int channels) {
  return std::vector<std::uint8_t>(std::size_t{part.width} * part.height *
                                   static_cast<std::size_t>(channels));
}

/// Whether the pixels of the part are those that the whole has there.
bool is_cut(const std::vector<std::uint8_t>& pixels,
            const data::JpegPart& part,
            const std::vector<std::uint8_t>& whole_pixels,
            const data::JpegPart& whole,
            int channels) {
  const auto pixel_bytes = static_cast<std::size_t>(channels);
  const auto row_bytes = part.width * pixel_bytes;
  for (std::size_t y = 0; y < part.height; ++y) {
    const auto begin = ((part.top + y) * whole.width + part.left) * pixel_bytes;
    if (std::memcmp(&pixels[y * row_bytes], &whole_pixels[begin], row_bytes) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

/// The input is a whole file; its length chooses the part, the reduction and the channels.
void jpeg_part(std::string_view input) {
  PictureInMemory bytes(input);
  const auto header = read_picture_header(bytes);
  if (!header || header->format != PictureFormat::jpeg || header->width == 0 ||
      header->height == 0 || std::uint64_t{header->width} * header->height > most_pixels) {
    return;
  }
  const auto choice = static_cast<std::uint32_t>(input.size());
  const auto reduction = std::array{1U, 2U, 4U, 8U}.at(choice % 4);
  const int channels = choice / 4 % 2 == 0 ? 3 : 1;
  const data::JpegPart whole{.width = (header->width + reduction - 1) / reduction,
                             .height = (header->height + reduction - 1) / reduction,
                             .reduction = reduction};
  data::JpegPart part{
      .left = choice / 8 % whole.width, .top = choice / 16 % whole.height, .reduction = reduction};
  part.width = 1 + choice / 3 % (whole.width - part.left);
  part.height = 1 + choice / 5 % (whole.height - part.top);
  auto pixels = buffer_for(part, channels);
  auto whole_pixels = buffer_for(whole, channels);
  const bool is_decoded = data::decode_jpeg_part(input, part, channels, pixels.data());
  if (data::decode_jpeg_part(input, whole, channels, whole_pixels.data())) {
    require(is_decoded, "what can be decoded as a whole can be decoded in part");
    require(is_cut(pixels, part, whole_pixels, whole, channels),
            "a part is what the whole shows there");
  }
}

}  // namespace athanor::fuzz
