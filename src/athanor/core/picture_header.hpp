#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

/// What the first bytes of a picture say, without decoding it. Pictures from outside are decoded
/// by `athanor-worker inspect` and by jobs alone, never by the server.
namespace athanor {

enum class PictureFormat { jpeg, png, bmp, webp, tiff, pnm };

[[nodiscard]] std::string_view name_of(PictureFormat format);  ///< "jpeg"

struct PictureHeader {
  PictureFormat format = PictureFormat::jpeg;
  std::uint32_t width = 0;    ///< Pixels; 0 where the header does not say or is broken.
  std::uint32_t height = 0;   ///< Pixels.
  bool is_cut_short = false;  ///< The bytes end before the picture does.
  /// Of a JPEG, after EXIF: 1 is upright; with 5 to 8 it is shown lying on its side, so that width
  /// and height change places. 0 where the file says it more than once.
  std::uint32_t orientation = 1;
};

/// The bytes of a file: fills `buffer` from `offset` on and gives how many there were.
class PictureBytes {
 public:
  virtual ~PictureBytes() = default;
  virtual std::size_t read(std::uint64_t offset, std::span<unsigned char> buffer) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

/// A file whose bytes are in memory, which outlives this.
class PictureInMemory : public PictureBytes {
 public:
  explicit PictureInMemory(std::string_view bytes) : bytes_(bytes) {}

  std::size_t read(std::uint64_t offset, std::span<unsigned char> buffer) override;

  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

/// Reads a bounded number of bytes at the start and the end; nullopt when the first bytes are of
/// none of the formats.
[[nodiscard]] std::optional<PictureHeader> read_picture_header(PictureBytes& bytes);

}  // namespace athanor
