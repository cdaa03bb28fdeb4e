#include "athanor/cli/token_cache.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "athanor/cli/xdg.hpp"
#include "athanor/core/digest.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_file = 64 * limits::kib;

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): never set here.
  return value == nullptr ? "" : value;
}

}  // namespace

Result<Secret<std::string>> read_api_key(const fs::path& file) {
  auto text = variable("ATHANOR_API_KEY");
  if (!file.empty()) {
    auto content = read_file(file, largest_file);
    if (!content) {
      return fail(content.error().within("--api-key-file"));
    }
    text = std::move(*content);
  }
  const auto last = text.find_last_not_of(" \r\n\t");
  text.resize(last == std::string::npos ? 0 : last + 1);
  if (!file.empty() && text.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("--api-key-file: {} is empty", file.filename().string()));
  }
  return Secret(std::move(text));
}

TokenCache::TokenCache(const std::string& url, const Secret<std::string>& api_key) {
  if (const auto folder = cache_home(); folder.is_absolute()) {
    // Of a key with 256 random bits, so that its digest gives nothing away.
    file_ = folder / fmt::format("token-{}.json", digest(url + "\n" + api_key.expose()));
  }
}

std::optional<SavedLogin> TokenCache::load() const {
  const auto text = read_file(file_, largest_file);
  const auto login = text ? parse_json(*text) : Result<Json>(fail(text.error()));
  if (!login || !login->is_object()) {
    return std::nullopt;
  }
  const auto user = login->find("user_id");
  const auto token = login->find("token");
  if (user == login->end() || token == login->end() || !user->is_string() || !token->is_string()) {
    return std::nullopt;
  }
  return SavedLogin{user->get<std::string>(), Secret(token->get<std::string>())};
}

Status TokenCache::store(const SavedLogin& login) const {
  if (file_.empty()) {
    return fail(ErrorCode::not_found, "neither XDG_CACHE_HOME nor HOME names a folder");
  }
  ATHANOR_CHECK_OK(make_private_folder(file_.parent_path()));
  return write_file_atomic(
      file_, to_text({{"user_id", login.user}, {"token", login.token.expose()}}) + "\n");
}

}  // namespace athanor::cli
