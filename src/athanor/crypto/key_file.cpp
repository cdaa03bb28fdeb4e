#include "athanor/crypto/key_file.hpp"

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::crypto {

Result<Secret<std::string>> read_key_file(const std::filesystem::path& file) {
  constexpr std::size_t line_end = 2;
  ATHANOR_TRY(auto text, read_file(file, limits::encryption_key_bytes + line_end));
  for (const char c : {'\n', '\r'}) {
    if (text.ends_with(c)) {
      text.pop_back();
    }
  }
  return Secret(std::move(text));
}

}  // namespace athanor::crypto
