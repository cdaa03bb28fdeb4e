#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/secret.hpp"

namespace athanor::cli {

/// The key in ATHANOR_API_KEY, or that in `file` unless its name is empty; empty text for none.
/// There is no option for the key itself: every process can read the arguments of the others.
[[nodiscard]] Result<Secret<std::string>> read_api_key(const std::filesystem::path& file);

/// What a login gave.
struct SavedLogin {
  std::string user;
  Secret<std::string> token;
};

/// Keeps the token of one key on one server for the next program, so that not each of them logs
/// in: a file of mode 0600 below $XDG_CACHE_HOME/athanor, whose name tells neither.
class TokenCache {
 public:
  TokenCache(const std::string& url, const Secret<std::string>& api_key);

  /// nullopt where there is none, or none that can be read.
  [[nodiscard]] std::optional<SavedLogin> load() const;

  /// Errors: io; not_found without a home folder.
  [[nodiscard]] Status store(const SavedLogin& login) const;

 private:
  std::filesystem::path file_;  ///< Empty without a home folder.
};

}  // namespace athanor::cli
