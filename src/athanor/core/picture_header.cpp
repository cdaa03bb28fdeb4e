#include "athanor/core/picture_header.hpp"

#include <algorithm>
#include <array>

#include "athanor/core/limits.hpp"

namespace athanor {

namespace {

constexpr std::size_t head_bytes = 64;
constexpr std::size_t tail_bytes = 4 * limits::kib;  ///< Cameras write notes behind the picture.

/// Numbers at offsets of a piece of the file; 0 behind its end.
class Piece {
 public:
  Piece(PictureBytes& bytes, std::uint64_t offset, std::size_t count) : storage_{} {
    size_ = bytes.read(offset, std::span(storage_).first(std::min(count, storage_.size())));
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] std::uint32_t at(std::size_t offset) const {
    return offset < size_ ? storage_[offset] : 0U;
  }

  [[nodiscard]] std::uint32_t big16(std::size_t offset) const {
    return at(offset) << 8 | at(offset + 1);
  }

  [[nodiscard]] std::uint32_t big32(std::size_t offset) const {
    return big16(offset) << 16 | big16(offset + 2);
  }

  [[nodiscard]] std::uint32_t little16(std::size_t offset) const {
    return at(offset) | at(offset + 1) << 8;
  }

  [[nodiscard]] std::uint32_t little24(std::size_t offset) const {
    return little16(offset) | at(offset + 2) << 16;
  }

  [[nodiscard]] std::uint32_t little32(std::size_t offset) const {
    return little16(offset) | little16(offset + 2) << 16;
  }

  [[nodiscard]] bool has(std::size_t offset, std::string_view text) const {
    return text_from(offset).starts_with(text);
  }

  [[nodiscard]] std::string_view text_from(std::size_t offset) const {
    const std::string_view whole(reinterpret_cast<const char*>(storage_.data()), size_);
    return whole.substr(std::min(offset, size_));
  }

 private:
  std::array<unsigned char, head_bytes> storage_;
  std::size_t size_ = 0;
};

/// Whether `mark` stands in the file's last bytes.
bool ends_with_mark(PictureBytes& bytes, std::string_view mark) {
  std::array<unsigned char, tail_bytes> tail;
  const auto start = bytes.size() - std::min<std::uint64_t>(bytes.size(), tail.size());
  const auto count = bytes.read(start, tail);
  const std::string_view text(reinterpret_cast<const char*>(tail.data()), count);
  return text.rfind(mark) != text.npos;
}

/// Start of frame: SOF0 to SOF15 but for DHT, JPG and DAC, which share the range.
bool is_frame(std::uint32_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool has_no_length(std::uint32_t marker) {
  return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

/// Hands the tags in the first directory of a TIFF that begins at `start` to `use`, each with its
/// number. False where the bytes end before the directory does.
template <class Use>
bool each_tag(PictureBytes& bytes, std::uint64_t start, Use use) {
  const Piece head(bytes, start, 8);
  const bool big = head.at(0) == 'M';
  const auto number16 = [big](const Piece& piece, std::size_t offset) {
    return big ? piece.big16(offset) : piece.little16(offset);
  };
  const auto number32 = [big](const Piece& piece, std::size_t offset) {
    return big ? piece.big32(offset) : piece.little32(offset);
  };
  const std::uint64_t directory = start + number32(head, 4);
  const Piece count(bytes, directory, 2);
  bool is_whole = count.size() == 2;
  const auto tags = std::min<std::size_t>(number16(count, 0), limits::picture_segments);
  for (std::size_t i = 0; i < tags; ++i) {
    const Piece tag(bytes, directory + 2 + 12 * i, 12);
    is_whole = is_whole && tag.size() == 12;
    const bool is_short = number16(tag, 2) == 3;
    use(number16(tag, 0), is_short ? number16(tag, 8) : number32(tag, 8));
  }
  return is_whole;
}

/// Of the TIFF that is a JPEG's EXIF.
std::uint32_t read_orientation(PictureBytes& bytes, std::uint64_t start) {
  std::uint32_t orientation = 1;
  each_tag(bytes, start, [&](std::uint32_t tag, std::uint32_t number) {
    if (tag == 274 && orientation == 1) {
      orientation = number;
    }
  });
  return orientation;
}

/// Walks from segment to segment up to the frame's header.
PictureHeader read_jpeg(PictureBytes& bytes) {
  constexpr std::string_view exif("Exif\0\0", 6);
  PictureHeader header{.format = PictureFormat::jpeg};
  header.is_cut_short = !ends_with_mark(bytes, "\xFF\xD9");
  bool has_exif = false;
  std::uint64_t offset = 2;
  for (std::size_t i = 0; i < limits::picture_segments; ++i) {
    const Piece segment(bytes, offset, 10);
    const auto marker = segment.at(1);
    if (segment.size() < 4 || segment.at(0) != 0xFF) {
      break;
    }
    if (is_frame(marker)) {
      header.height = segment.big16(5);
      header.width = segment.big16(7);
      break;
    }
    if (marker == 0xE1 && segment.has(4, exif)) {
      header.orientation = has_exif ? 0 : read_orientation(bytes, offset + 4 + exif.size());
      has_exif = true;
    }
    if (marker == 0xFF) {  // A fill byte.
      offset += 1;
    } else if (has_no_length(marker)) {
      offset += 2;
    } else if (marker == 0xDA || segment.big16(2) < 2) {
      break;
    } else {
      offset += 2 + segment.big16(2);
    }
  }
  return header;
}

PictureHeader read_png(PictureBytes& bytes, const Piece& head) {
  return {PictureFormat::png, head.big32(16), head.big32(20), !ends_with_mark(bytes, "IEND")};
}

PictureHeader read_bmp(PictureBytes& bytes, const Piece& head) {
  const auto declared = head.little32(2);
  PictureHeader header{.format = PictureFormat::bmp, .is_cut_short = bytes.size() < declared};
  if (head.little32(14) == 12) {  // The header of OS/2 has shorter fields.
    header.width = head.little16(18);
    header.height = head.little16(20);
    return header;
  }
  header.width = head.little32(18);
  const auto height = head.little32(22);
  header.height = height > 0x7FFFFFFFU ? 0U - height : height;  // Negative: from top to bottom.
  return header;
}

PictureHeader read_webp(PictureBytes& bytes, const Piece& head) {
  PictureHeader header{.format = PictureFormat::webp};
  header.is_cut_short = bytes.size() < std::uint64_t{head.little32(4)} + 8;
  if (head.has(12, "VP8X")) {
    header.width = head.little24(24) + 1;
    header.height = head.little24(27) + 1;
  } else if (head.has(12, "VP8L")) {
    const auto packed = head.little32(21);
    header.width = (packed & 0x3FFF) + 1;
    header.height = (packed >> 14 & 0x3FFF) + 1;
  } else if (head.has(12, "VP8 ")) {
    header.width = head.little16(26) & 0x3FFF;
    header.height = head.little16(28) & 0x3FFF;
  }
  return header;
}

PictureHeader read_tiff(PictureBytes& bytes) {
  PictureHeader header{.format = PictureFormat::tiff};
  const bool is_whole = each_tag(bytes, 0, [&](std::uint32_t tag, std::uint32_t number) {
    if (tag == 256) {
      header.width = number;
    } else if (tag == 257) {
      header.height = number;
    }
  });
  header.is_cut_short = !is_whole;
  return header;
}

bool is_pnm(const Piece& head) {
  return head.at(0) == 'P' && head.at(1) >= '1' && head.at(1) <= '6' &&
         std::string_view(" \t\r\n#").find(static_cast<char>(head.at(2))) != std::string_view::npos;
}

}  // namespace

std::string_view name_of(PictureFormat format) {
  switch (format) {
    case PictureFormat::jpeg:
      return "jpeg";
    case PictureFormat::png:
      return "png";
    case PictureFormat::bmp:
      return "bmp";
    case PictureFormat::webp:
      return "webp";
    case PictureFormat::tiff:
      return "tiff";
    case PictureFormat::pnm:
      return "pnm";
  }
  return "unknown";
}

std::size_t PictureInMemory::read(std::uint64_t offset, std::span<unsigned char> buffer) {
  const auto rest = bytes_.substr(std::min<std::uint64_t>(offset, bytes_.size()));
  const auto count = std::min(rest.size(), buffer.size());
  std::copy_n(rest.begin(), count, buffer.begin());
  return count;
}

std::optional<PictureHeader> read_picture_header(PictureBytes& bytes) {
  const Piece head(bytes, 0, head_bytes);
  if (head.has(0, "\xFF\xD8\xFF")) {
    return read_jpeg(bytes);
  }
  if (head.has(0, "\x89PNG\r\n\x1A\n")) {
    return read_png(bytes, head);
  }
  if (head.has(0, "BM") && head.size() >= 26) {
    return read_bmp(bytes, head);
  }
  if (head.has(0, "RIFF") && head.has(8, "WEBP")) {
    return read_webp(bytes, head);
  }
  if (head.has(0, std::string_view("II*\0", 4)) || head.has(0, std::string_view("MM\0*", 4))) {
    return read_tiff(bytes);
  }
  if (is_pnm(head)) {
    return PictureHeader{.format = PictureFormat::pnm};
  }
  return std::nullopt;
}

}  // namespace athanor
