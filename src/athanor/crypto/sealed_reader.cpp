#include "athanor/crypto/sealed_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sodium.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/crypto/seal_header.hpp"

namespace athanor::crypto {

namespace fs = std::filesystem;

namespace {

/// As many bytes as there are, up to `target.size()`.
Result<std::size_t> read_up_to(int fd, std::span<unsigned char> target) {
  std::size_t done = 0;
  while (done < target.size()) {
    const auto got = ::read(fd, target.data() + done, target.size() - done);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(system_error("cannot read", errno));
    }
    if (got == 0) {
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<UniqueFd> open_regular(const fs::path& file, std::uint64_t& size) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    const int reason = errno;
    auto error = system_error("cannot open", reason);
    error.code = reason == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return fail(std::move(error));
  }

  struct stat info {};

  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::io, "it is no regular file");
  }
  size = static_cast<std::uint64_t>(info.st_size);
  return fd;
}

Status check_size(std::uint64_t size, std::uint64_t wanted) {
  if (size == wanted) {
    return {};
  }
  return fail(ErrorCode::invalid_argument,
              size < wanted
                  ? fmt::format("the file is cut off: it has {} of {} bytes", size, wanted)
                  : fmt::format("the file is damaged: {} bytes follow its end", size - wanted));
}

}  // namespace

struct SealedReader::State {
  State() : sealed(seal_chunk_bytes + seal_chunk_overhead) {}

  ~State() { sodium_memzero(&stream, sizeof stream); }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// What the next chunk holds; 0 behind the last one.
  [[nodiscard]] std::size_t next_size() const {
    const auto begin = std::min(next_chunk * seal_chunk_bytes, header.plain_bytes);
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(seal_chunk_bytes, header.plain_bytes - begin));
  }

  [[nodiscard]] Status open_next(unsigned char* target);
  [[nodiscard]] Result<std::size_t> copy_part(unsigned char* target, std::uint64_t count);

  UniqueFd fd;
  SealHeader header;
  crypto_secretstream_xchacha20poly1305_state stream{};
  std::uint64_t next_chunk = 0;
  std::vector<unsigned char> sealed;       ///< One chunk as the file has it.
  std::vector<unsigned char> clear;        ///< One chunk of which a part was asked for...
  std::span<const unsigned char> waiting;  ///< ...and what of it was not.
};

Status SealedReader::State::open_next(unsigned char* target) {
  const std::span place(sealed.data(), next_size() + seal_chunk_overhead);
  ATHANOR_TRY(const std::size_t got, read_up_to(fd.get(), place));
  if (got < place.size()) {
    return fail(ErrorCode::io, "the file became shorter while it was read");
  }
  const bool is_last = next_chunk + 1 == chunks_of(header.plain_bytes);
  unsigned char tag = 0;
  const bool is_whole =
      crypto_secretstream_xchacha20poly1305_pull(
          &stream, target, nullptr, &tag, place.data(), place.size(), nullptr, 0) == 0;
  if (!is_whole || is_last != (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL)) {
    const auto begin = seal_header_bytes + next_chunk * (seal_chunk_bytes + seal_chunk_overhead);
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("the file is damaged within bytes {} to {}", begin, begin + place.size() - 1));
  }
  ++next_chunk;
  return {};
}

/// Up to `count` bytes of a chunk that is not wanted as a whole.
Result<std::size_t> SealedReader::State::copy_part(unsigned char* target, std::uint64_t count) {
  if (waiting.empty()) {
    const std::size_t next = next_size();
    if (next == 0) {
      return fail(ErrorCode::invalid_argument, "the file holds no more");
    }
    clear.resize(seal_chunk_bytes);
    ATHANOR_CHECK_OK(open_next(clear.data()));
    waiting = std::span(clear.data(), next);
  }
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(count, waiting.size()));
  std::memcpy(target, waiting.data(), taken);
  waiting = waiting.subspan(taken);
  return taken;
}

Result<SealedReader> SealedReader::open(const fs::path& file, const Passphrase& passphrase) {
  auto state = std::make_unique<State>();
  std::uint64_t size = 0;
  ATHANOR_TRY(state->fd, open_regular(file, size));
  std::array<unsigned char, seal_header_bytes> bytes{};
  ATHANOR_TRY(const std::size_t got, read_up_to(state->fd.get(), bytes));
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()), got);
  ATHANOR_TRY(state->header, parse_seal_header(header));
  ATHANOR_CHECK_OK(check_size(size, sealed_size(state->header.plain_bytes)));
  ATHANOR_TRY(const auto keys, passphrase.keys(state->header.recipe));
  if (!is_made_with(header, *keys)) {
    return fail(ErrorCode::forbidden, "wrong encryption key");
  }
  crypto_secretstream_xchacha20poly1305_init_pull(
      &state->stream, state->header.stream.data(), keys->stream.data());
  if (state->header.plain_bytes == 0) {
    // Nobody will ask for its one chunk, which proves that there is nothing.
    ATHANOR_CHECK_OK(state->open_next(state->sealed.data()));
  }
  return SealedReader(std::move(state));
}

SealedReader::SealedReader(std::unique_ptr<State> state) : state_(std::move(state)) {}

SealedReader::~SealedReader() = default;
SealedReader::SealedReader(SealedReader&&) noexcept = default;
SealedReader& SealedReader::operator=(SealedReader&&) noexcept = default;

std::uint64_t SealedReader::size() const {
  return state_->header.plain_bytes;
}

Status SealedReader::read(void* target, std::uint64_t count) {
  auto* place = static_cast<unsigned char*>(target);
  while (count > 0) {
    std::size_t done = state_->next_size();
    if (state_->waiting.empty() && 0 < done && done <= count) {
      ATHANOR_CHECK_OK(state_->open_next(place));
    } else {
      ATHANOR_TRY(done, state_->copy_part(place, count));
    }
    place += done;
    count -= done;
  }
  return {};
}

Status unseal(const fs::path& from, const fs::path& to, const Passphrase& passphrase) {
  const auto name = from.filename().string();
  auto reader = SealedReader::open(from, passphrase);
  if (!reader) {
    return fail(reader.error().within(name));
  }
  return fill_file_atomic(to, [&](int fd) -> Status {
    std::string chunk;
    for (std::uint64_t left = reader->size(); left > 0; left -= chunk.size()) {
      chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, seal_chunk_bytes)));
      if (auto read = reader->read(chunk.data(), chunk.size()); !read) {
        return fail(read.error().within(name));
      }
      if (auto written = write_all(fd, chunk); !written) {
        return fail(written.error().within(to.filename().string()));
      }
    }
    return {};
  });
}

}  // namespace athanor::crypto
