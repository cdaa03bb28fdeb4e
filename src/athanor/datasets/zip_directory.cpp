#include "athanor/datasets/zip_directory.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <sys/stat.h>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::datasets {

namespace {

// APPNOTE 4.3.12: offsets in an entry of the central directory.
constexpr std::size_t entry_bytes = 46;
constexpr std::size_t made_by_system = 5;
constexpr std::size_t name_length = 28;
constexpr std::size_t extra_length = 30;
constexpr std::size_t comment_length = 32;
constexpr std::size_t unix_mode = 40;
constexpr unsigned char unix_system = 3;
constexpr unsigned char darwin_system = 19;
constexpr std::string_view entry_signature("PK\1\2", 4);
constexpr std::string_view end_signature("PK\5\6", 4);
constexpr std::string_view long_end_signature("PK\6\6", 4);

class DirectoryReader {
 public:
  explicit DirectoryReader(const std::function<Result<std::size_t>(std::span<char>)>& bytes)
      : bytes_(bytes) {}

  Status run() {
    ATHANOR_TRY(std::string signature, take(4));
    while (!is_known(signature)) {
      ATHANOR_TRY(const std::string next, take(1));
      signature = signature.substr(1) + next;
    }
    while (signature == entry_signature) {
      ATHANOR_TRY(const std::string rest, take(entry_bytes - 4));
      const std::string entry = signature + rest;
      ATHANOR_TRY(const std::string name, take(number_at(entry, name_length)));
      ATHANOR_CHECK_OK(check(name, entry));
      const std::size_t unused = number_at(entry, extra_length) + number_at(entry, comment_length);
      ATHANOR_CHECK_OK(take(unused));
      ATHANOR_TRY(signature, take(4));
    }
    return {};
  }

 private:
  static bool is_known(std::string_view signature) {
    return signature == entry_signature || signature == end_signature ||
           signature == long_end_signature;
  }

  static std::size_t number_at(std::string_view entry, std::size_t offset) {
    return static_cast<unsigned char>(entry[offset]) +
           256U * static_cast<unsigned char>(entry[offset + 1]);
  }

  static Status check(const std::string& name, std::string_view entry) {
    const auto system = static_cast<unsigned char>(entry[made_by_system]);
    if (system != unix_system && system != darwin_system) {
      return {};
    }
    const auto kind = number_at(entry, unix_mode) & S_IFMT;
    if (kind == 0 || kind == S_IFREG || kind == S_IFDIR) {
      return {};
    }
    return fail(ErrorCode::invalid_argument,
                fmt::format("the archive is refused: \"{}\" is {}; pack files and folders only",
                            shown(name),
                            kind == S_IFLNK ? "a symbolic link" : "a special file"));
  }

  /// Exactly `count` bytes.
  Result<std::string> take(std::size_t count) {
    std::string taken;
    while (taken.size() < count) {
      if (rest_.empty()) {
        ATHANOR_TRY(const std::size_t more, bytes_(buffer_));
        if (more == 0) {
          return fail(ErrorCode::invalid_argument,
                      "the archive cannot be read: its zip directory is cut short");
        }
        rest_ = std::string_view(buffer_.data(), more);
      }
      const auto part = rest_.substr(0, count - taken.size());
      taken += part;
      rest_.remove_prefix(part.size());
    }
    return taken;
  }

  const std::function<Result<std::size_t>(std::span<char>)>& bytes_;
  std::array<char, 16 * limits::kib> buffer_{};
  std::string_view rest_;
};

}  // namespace

Status check_zip_directory(const std::function<Result<std::size_t>(std::span<char>)>& bytes) {
  return DirectoryReader(bytes).run();
}

}  // namespace athanor::datasets
