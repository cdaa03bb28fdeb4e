#include "athanor/datasets/checked_source.hpp"

#include <algorithm>
#include <array>
#include <lzma.h>
#include <new>
#include <string_view>
#include <utility>
#include <zlib.h>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"

namespace athanor::datasets {

namespace {

/// zlib's way to say "gzip, largest window".
constexpr int gzip_window = 15 + 16;
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view xz_magic("\xfd\x37zXZ\0", 6);

tl::unexpected<Error> damaged(std::string_view format, std::string_view how) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("the archive cannot be read: its {} stream is {}", format, how));
}

/// The packed bytes, a piece at a time.
class PackedBytes {
 public:
  explicit PackedBytes(CheckedSource::Bytes source) : source_(std::move(source)) {}

  /// Reads until the first bytes tell what this is.
  Status start() {
    std::size_t count = 0;
    while (count < xz_magic.size()) {
      ATHANOR_TRY(const std::size_t more, take(std::span(buffer_).subspan(count)));
      if (more == 0) {
        break;
      }
      count += more;
    }
    rest_ = std::span(buffer_).first(count);
    return {};
  }

  /// Takes more bytes when none are left; at the end `rest()` stays empty.
  Status refill() {
    if (rest_.empty()) {
      ATHANOR_TRY(const std::size_t count, take(buffer_));
      rest_ = std::span(buffer_).first(count);
    }
    return {};
  }

  [[nodiscard]] std::span<const char> rest() const { return rest_; }

  [[nodiscard]] bool starts_with(std::string_view magic) const {
    return std::string_view(rest_.data(), rest_.size()).starts_with(magic);
  }

  void keep_last(std::size_t count) { rest_ = rest_.last(count); }

  /// From the source past the bytes at hand, of which there are none.
  Result<std::size_t> take(std::span<char> buffer) {
    ATHANOR_TRY(const std::size_t count, source_(buffer));
    taken_ += count;
    return count;
  }

  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  CheckedSource::Bytes source_;
  std::uint64_t taken_ = 0;
  std::array<char, 64 * limits::kib> buffer_{};
  std::span<const char> rest_;  ///< Of the buffer, still to be used.
};

/// Makes the unpacked bytes of the packed ones.
class Decoder {
 public:
  virtual ~Decoder() = default;

  /// Fills a part of `output`; 0 is the end.
  virtual Result<std::size_t> read(PackedBytes& input, std::span<char> output) = 0;
};

class CopyingDecoder : public Decoder {
 public:
  Result<std::size_t> read(PackedBytes& input, std::span<char> output) override {
    if (input.rest().empty()) {
      return input.take(output);
    }
    const auto count = std::min(output.size(), input.rest().size());
    std::copy_n(input.rest().begin(), count, output.begin());
    input.keep_last(input.rest().size() - count);
    return count;
  }
};

class GzipDecoder : public Decoder {
 public:
  GzipDecoder() {
    if (inflateInit2(&stream_, gzip_window) != Z_OK) {
      throw std::bad_alloc();
    }
  }

  ~GzipDecoder() override { inflateEnd(&stream_); }

  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  Result<std::size_t> read(PackedBytes& input, std::span<char> output) override {
    std::size_t count = 0;
    while (count == 0 && !ended_) {
      if (between_members_) {
        ATHANOR_CHECK_OK(pass_gap(input));
      } else {
        ATHANOR_TRY(count, inflate_into(input, output));
      }
    }
    return count;
  }

 private:
  /// After a member's end: another member, or padding up to the end of the source.
  Status pass_gap(PackedBytes& input) {
    ATHANOR_CHECK_OK(input.refill());
    if (input.starts_with(gzip_magic.substr(0, 1))) {
      inflateReset(&stream_);
      between_members_ = false;
      return {};
    }
    while (!input.rest().empty()) {
      const auto rest = input.rest();
      if (std::any_of(rest.begin(), rest.end(), [](char c) { return c != '\0'; })) {
        return damaged("gzip", "followed by other data");
      }
      input.keep_last(0);
      ATHANOR_CHECK_OK(input.refill());
    }
    ended_ = true;
    return {};
  }

  Result<std::size_t> inflate_into(PackedBytes& input, std::span<char> output) {
    ATHANOR_CHECK_OK(input.refill());
    if (input.rest().empty()) {
      return damaged("gzip", "cut short");
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.rest().data()));
    stream_.avail_in = static_cast<uInt>(input.rest().size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    input.keep_last(stream_.avail_in);
    if (outcome != Z_OK && outcome != Z_STREAM_END) {
      return damaged("gzip", "damaged");
    }
    between_members_ = outcome == Z_STREAM_END;
    return output.size() - stream_.avail_out;
  }

  z_stream stream_{};
  bool between_members_ = false;
  bool ended_ = false;
};

class XzDecoder : public Decoder {
 public:
  XzDecoder() {
    if (lzma_stream_decoder(&stream_, limits::xz_memory_bytes, LZMA_CONCATENATED) != LZMA_OK) {
      throw std::bad_alloc();
    }
  }

  ~XzDecoder() override { lzma_end(&stream_); }

  XzDecoder(const XzDecoder&) = delete;
  XzDecoder& operator=(const XzDecoder&) = delete;

  Result<std::size_t> read(PackedBytes& input, std::span<char> output) override {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(output.data());
    stream_.avail_out = output.size();
    while (stream_.avail_out == output.size() && !ended_) {
      ATHANOR_CHECK_OK(input.refill());
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.rest().data());
      stream_.avail_in = input.rest().size();
      const auto outcome = lzma_code(&stream_, input.rest().empty() ? LZMA_FINISH : LZMA_RUN);
      input.keep_last(stream_.avail_in);
      ended_ = outcome == LZMA_STREAM_END;
      ATHANOR_CHECK_OK(judge(outcome));
    }
    return output.size() - stream_.avail_out;
  }

 private:
  static Status judge(lzma_ret outcome) {
    switch (outcome) {
      case LZMA_OK:
      case LZMA_STREAM_END:
        return {};
      case LZMA_BUF_ERROR:
        return damaged("xz", "cut short");
      case LZMA_MEMLIMIT_ERROR:
        return fail(ErrorCode::invalid_argument,
                    fmt::format("the archive is refused: unpacking it takes more than {} bytes of "
                                "memory; pack it with xz -9 or less",
                                limits::xz_memory_bytes));
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      default:
        return damaged("xz", "damaged");
    }
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ended_ = false;
};

}  // namespace

struct CheckedSource::Implementation {
  explicit Implementation(Bytes source) : packed(std::move(source)) {}

  Status start() {
    ATHANOR_CHECK_OK(packed.start());
    if (packed.starts_with(gzip_magic)) {
      decoder = std::make_unique<GzipDecoder>();
    } else if (packed.starts_with(xz_magic)) {
      decoder = std::make_unique<XzDecoder>();
    } else {
      decoder = std::make_unique<CopyingDecoder>();
    }
    return {};
  }

  PackedBytes packed;
  std::unique_ptr<Decoder> decoder;
};

CheckedSource::CheckedSource(Bytes source)
    : implementation_(std::make_unique<Implementation>(std::move(source))) {}

CheckedSource::~CheckedSource() = default;

Result<std::size_t> CheckedSource::read(std::span<char> buffer) {
  auto& me = *implementation_;
  if (!me.decoder) {
    ATHANOR_CHECK_OK(me.start());
  }
  return me.decoder->read(me.packed, buffer);
}

std::uint64_t CheckedSource::packed_bytes() const {
  return implementation_->packed.taken();
}

}  // namespace athanor::datasets
