#include "athanor/data/jpeg_part.hpp"

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstring>

// jpeglib.h needs FILE from an include before it.
// clang-format off
#include <stdio.h>
#include <jpeglib.h>

// clang-format on

namespace athanor::data {

namespace {

/// Pixels beside a part that are decoded with it: subsampled colour is interpolated between
/// neighbours, and libjpeg takes the edge of what it decodes for the edge of the picture.
constexpr JDIMENSION edge_margin = 2;

struct Decoder {
  jpeg_decompress_struct jpeg;
  jpeg_error_mgr errors;
  std::jmp_buf whole_is_needed;
};

/// The only way out of libjpeg, which is C. It passes frames that have nothing to destroy.
[[noreturn]] void give_up(j_common_ptr jpeg) {
  std::longjmp(*static_cast<std::jmp_buf*>(jpeg->client_data), 1);
}

/// After a warning, libjpeg goes on with what pixels it can make up.
void give_up_on_warning(j_common_ptr jpeg, int level) {
  if (level < 0) {
    give_up(jpeg);
  }
}

bool is_sampled(const jpeg_component_info& component, int most) {
  return component.h_samp_factor <= most && component.v_samp_factor <= most;
}

/// Other kinds are rare, and libjpeg 2.1 does not cut all of them rightly.
bool is_usual(const jpeg_decompress_struct& jpeg) {
  if (jpeg.arith_code != FALSE) {
    return false;
  }
  const auto* components = jpeg.comp_info;
  if (jpeg.jpeg_color_space == JCS_GRAYSCALE) {
    return is_sampled(components[0], 1);
  }
  return jpeg.jpeg_color_space == JCS_YCbCr && is_sampled(components[0], 2) &&
         is_sampled(components[1], 1) && is_sampled(components[2], 1);
}

/// Of progressive pictures that lack some of their scans, libjpeg guesses blocks from their
/// neighbours, and those at the edge of a part have fewer.
bool is_guessed(const jpeg_decompress_struct& jpeg) {
  if (jpeg.progressive_mode == FALSE) {
    return false;
  }
  const int* missing_bits = jpeg.coef_bits[0];
  return std::any_of(missing_bits, missing_bits + jpeg.num_components * DCTSIZE2, [](int bits) {
    return bits != 0;
  });
}

bool holds(const jpeg_decompress_struct& jpeg, const JpegPart& part) {
  return std::uint64_t{part.left} + part.width <= jpeg.output_width &&
         std::uint64_t{part.top} + part.height <= jpeg.output_height;
}

/// Reads the part's rows, once the decoder has begun.
bool read_rows(jpeg_decompress_struct& jpeg, const JpegPart& part, std::uint8_t* pixels) {
  JDIMENSION left = part.left - std::min(part.left, edge_margin);
  JDIMENSION width = std::min(part.left + part.width + edge_margin, jpeg.output_width) - left;
  jpeg_crop_scanline(&jpeg, &left, &width);  // Moves them to whole blocks.
  jpeg_skip_scanlines(&jpeg, part.top);
  const auto channels = static_cast<JDIMENSION>(jpeg.output_components);
  const JSAMPARRAY row = (*jpeg.mem->alloc_sarray)(
      reinterpret_cast<j_common_ptr>(&jpeg), JPOOL_IMAGE, width * channels, 1);
  const std::size_t row_bytes = std::size_t{part.width} * channels;
  for (std::size_t y = 0; y < part.height; ++y) {
    if (jpeg_read_scanlines(&jpeg, row, 1) != 1) {
      return false;
    }
    std::memcpy(pixels + y * row_bytes, row[0] + (part.left - left) * channels, row_bytes);
  }
  return true;
}

bool decode(jpeg_decompress_struct& jpeg,
            std::string_view bytes,
            const JpegPart& part,
            int channels,
            std::uint8_t* pixels) {
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&jpeg, TRUE);
  if (!is_usual(jpeg)) {
    return false;
  }
  jpeg.scale_num = 1;
  jpeg.scale_denom = part.reduction;
  jpeg.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
  jpeg_start_decompress(&jpeg);
  return holds(jpeg, part) && !is_guessed(jpeg) && read_rows(jpeg, part, pixels);
}

/// A function of its own, since a jump into it may take its variables back.
bool decode_or_land(Decoder& decoder,
                    std::string_view bytes,
                    const JpegPart& part,
                    int channels,
                    std::uint8_t* pixels) {
  if (setjmp(decoder.whole_is_needed) != 0) {
    return false;
  }
  return decode(decoder.jpeg, bytes, part, channels, pixels);
}

}  // namespace

bool decode_jpeg_part(std::string_view jpeg,
                      const JpegPart& part,
                      int channels,
                      std::uint8_t* pixels) {
  Decoder decoder{};
  decoder.jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.jpeg.client_data = &decoder.whole_is_needed;
  decoder.errors.error_exit = give_up;
  decoder.errors.emit_message = give_up_on_warning;
  const bool is_decoded = decode_or_land(decoder, jpeg, part, channels, pixels);
  jpeg_destroy_decompress(&decoder.jpeg);
  return is_decoded;
}

}  // namespace athanor::data
