#include "athanor/api/data_folder.hpp"

#include <cerrno>
#include <sys/stat.h>

#include <fmt/format.h>

#include "athanor/core/files.hpp"

namespace athanor::api {

namespace fs = std::filesystem;

namespace {

constexpr const char* database_file = "athanor.db";
constexpr const char* token_file = "token.key";
constexpr mode_t others = 077;

/// A folder that was made for us, or that we have used before; never somebody's home or /tmp.
bool is_ours(const fs::path& folder) {
  std::error_code error;
  return fs::is_empty(folder, error) || fs::exists(folder / database_file, error) ||
         fs::exists(folder / token_file, error);
}

Status close_to_others(const fs::path& folder) {
  struct stat status {};

  if (::stat(folder.c_str(), &status) != 0) {
    return fail(system_error("cannot look at " + folder.string(), errno));
  }
  if ((status.st_mode & others) == 0) {
    return {};
  }
  if (!is_ours(folder)) {
    return fail(ErrorCode::forbidden,
                fmt::format("others can look into {}, which holds other things: chmod 700 it, or "
                            "choose a new folder",
                            folder.string()));
  }
  if (::chmod(folder.c_str(), 0700) != 0) {
    return fail(system_error("cannot chmod 700 " + folder.string(), errno));
  }
  return {};
}

}  // namespace

Result<fs::path> open_data_folder(const fs::path& path) {
  ::umask(others);
  ATHANOR_CHECK_OK(make_private_folder(path));
  const auto folder = fs::absolute(path).lexically_normal();
  ATHANOR_CHECK_OK(close_to_others(folder));
  return folder;
}

std::string store_url_of(const fs::path& folder, const std::string& given) {
  return given.empty() ? "sqlite://" + (folder / database_file).string() : given;
}

}  // namespace athanor::api
