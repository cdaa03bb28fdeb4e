#include "athanor/datasets/checked_source.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>
#include <zlib.h>

#include "athanor/core/limits.hpp"

namespace athanor::datasets {

namespace {

/// zlib's way to say "gzip, largest window".
constexpr int gzip_window = 15 + 16;

tl::unexpected<Error> damaged(std::string_view how) {
  return fail(ErrorCode::invalid_argument,
              "the archive cannot be read: its gzip stream is " + std::string(how));
}

}  // namespace

struct CheckedSource::Implementation {
  explicit Implementation(Bytes bytes) : source(std::move(bytes)) {
    if (inflateInit2(&stream, gzip_window) != Z_OK) {
      throw std::bad_alloc();
    }
  }

  ~Implementation() { inflateEnd(&stream); }

  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  Bytes source;
  std::uint64_t taken = 0;
  std::array<char, 64 * limits::kib> packed{};
  std::span<const char> rest;  ///< Of `packed`, still to be used.
  bool started = false;
  bool is_gzip = false;
  bool between_members = false;
  bool ended = false;
  z_stream stream{};

  Result<std::size_t> take(std::span<char> buffer) {
    ATHANOR_TRY(const std::size_t count, source(buffer));
    taken += count;
    return count;
  }

  /// Takes more bytes when none are left; at the end `rest` stays empty.
  Status refill() {
    if (rest.empty()) {
      ATHANOR_TRY(const std::size_t count, take(packed));
      rest = std::span(packed).first(count);
    }
    return {};
  }

  /// Reads until two bytes tell whether this is gzip.
  Status start() {
    started = true;
    std::size_t count = 0;
    while (count < 2) {
      ATHANOR_TRY(const std::size_t more, take(std::span(packed).subspan(count)));
      if (more == 0) {
        break;
      }
      count += more;
    }
    rest = std::span(packed).first(count);
    is_gzip = count >= 2 && packed[0] == '\x1f' && packed[1] == '\x8b';
    return {};
  }

  std::size_t copy(std::span<char> buffer) {
    const auto count = std::min(buffer.size(), rest.size());
    std::copy_n(rest.begin(), count, buffer.begin());
    rest = rest.subspan(count);
    return count;
  }

  /// After a member's end: another member, or padding up to the end of the source.
  Status pass_gap() {
    ATHANOR_CHECK_OK(refill());
    if (!rest.empty() && rest.front() == '\x1f') {
      inflateReset(&stream);
      between_members = false;
      return {};
    }
    while (!rest.empty()) {
      if (std::any_of(rest.begin(), rest.end(), [](char c) { return c != '\0'; })) {
        return damaged("followed by other data");
      }
      rest = {};
      ATHANOR_CHECK_OK(refill());
    }
    ended = true;
    return {};
  }

  Result<std::size_t> inflate_into(std::span<char> buffer) {
    ATHANOR_CHECK_OK(refill());
    if (rest.empty()) {
      return damaged("cut short");
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    stream.avail_in = static_cast<uInt>(rest.size());
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int outcome = inflate(&stream, Z_NO_FLUSH);
    rest = rest.last(stream.avail_in);
    if (outcome != Z_OK && outcome != Z_STREAM_END) {
      return damaged("damaged");
    }
    between_members = outcome == Z_STREAM_END;
    return buffer.size() - stream.avail_out;
  }
};

CheckedSource::CheckedSource(Bytes source)
    : implementation_(std::make_unique<Implementation>(std::move(source))) {}

CheckedSource::~CheckedSource() = default;

Result<std::size_t> CheckedSource::read(std::span<char> buffer) {
  auto& me = *implementation_;
  if (!me.started) {
    ATHANOR_CHECK_OK(me.start());
  }
  if (!me.is_gzip) {
    ATHANOR_CHECK_OK(me.refill());
    return me.copy(buffer);
  }
  std::size_t count = 0;
  while (count == 0 && !me.ended) {
    if (me.between_members) {
      ATHANOR_CHECK_OK(me.pass_gap());
    } else {
      ATHANOR_TRY(count, me.inflate_into(buffer));
    }
  }
  return count;
}

std::uint64_t CheckedSource::packed_bytes() const {
  return implementation_->taken;
}

}  // namespace athanor::datasets
