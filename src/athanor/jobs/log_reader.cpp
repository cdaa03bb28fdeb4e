#include "athanor/jobs/log_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::jobs {

namespace {

constexpr std::size_t block_bytes = 64 * limits::kib;

struct OpenLog {
  UniqueFd fd;
  std::uint64_t size = 0;
};

/// An empty log when there is none.
Result<OpenLog> open_log(const std::filesystem::path& file) {
  OpenLog log{UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC))};
  if (!log.fd.valid()) {
    return errno == ENOENT ? Result<OpenLog>(std::move(log))
                           : fail(system_error("cannot read the job's log", errno));
  }

  struct stat info {};

  if (fstat(log.fd.get(), &info) != 0) {
    return fail(system_error("cannot read the job's log", errno));
  }
  log.size = static_cast<std::uint64_t>(info.st_size);
  return log;
}

Result<std::size_t> read_into(const OpenLog& log, std::uint64_t offset, std::span<char> buffer) {
  const ssize_t count =
      ::pread(log.fd.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
  if (count < 0) {
    return fail(system_error("cannot read the job's log", errno));
  }
  return static_cast<std::size_t>(count);
}

Result<std::string> read_at(const OpenLog& log, std::uint64_t offset, std::uint64_t count) {
  std::string bytes(static_cast<std::size_t>(count), '\0');
  ATHANOR_TRY(const std::size_t read, read_into(log, offset, bytes));
  bytes.resize(read);
  return bytes;
}

/// How many bytes at the end of `text` begin a UTF-8 character without finishing it.
std::size_t unfinished_character(std::string_view text) {
  constexpr std::size_t longest = 4;
  for (std::size_t back = 1; back <= std::min(longest, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80U) {
      continue;
    }
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

Result<LogPiece> read_log(const std::filesystem::path& file,
                          std::uint64_t offset,
                          std::size_t max_bytes) {
  ATHANOR_TRY(const auto log, open_log(file));
  LogPiece piece{"", log.size};
  if (offset >= log.size) {
    return piece;
  }
  ATHANOR_TRY(piece.text,
              read_at(log, offset, std::min<std::uint64_t>(max_bytes, log.size - offset)));
  if (const auto newline = piece.text.rfind('\n'); newline != std::string::npos) {
    piece.text.resize(newline + 1);
  } else if (piece.text.size() == max_bytes) {
    piece.text.resize(max_bytes - unfinished_character(piece.text));
  } else {
    piece.text.clear();
  }
  return piece;
}

Result<std::size_t> read_bytes(const std::filesystem::path& file,
                               std::uint64_t offset,
                               std::span<char> buffer) {
  ATHANOR_TRY(const auto log, open_log(file));
  return log.size > offset ? read_into(log, offset, buffer) : 0;
}

Result<std::uint64_t> offset_of_last_lines(const std::filesystem::path& file, std::uint64_t lines) {
  ATHANOR_TRY(const auto log, open_log(file));
  if (lines == 0) {
    return log.size;
  }
  // The newline at the very end ends the last line; it begins none.
  std::uint64_t end = log.size > 0 ? log.size - 1 : 0;
  while (end > 0) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(end, block_bytes);
    ATHANOR_TRY(const auto block, read_at(log, begin, end - begin));
    for (std::size_t i = block.size(); i > 0; --i) {
      if (block[i - 1] == '\n' && --lines == 0) {
        return begin + i;
      }
    }
    end = begin;
  }
  return std::uint64_t{0};
}

}  // namespace athanor::jobs
