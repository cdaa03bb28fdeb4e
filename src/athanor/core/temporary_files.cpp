#include "athanor/core/temporary_files.hpp"

#include <cerrno>
#include <system_error>
#include <unistd.h>

#include "athanor/core/files.hpp"

namespace athanor {

namespace fs = std::filesystem;

namespace {

template <class Iterator>
Status remove_temporary_files_of(const fs::path& folder) {
  std::error_code error;
  for (Iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path path = entry->path();
    // Results carry names of users' pictures, of which some hold the infix too.
    if (is_temporary_name(path) && ::unlink(path.c_str()) != 0) {
      return fail(system_error("cannot remove " + path.filename().string(), errno));
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(system_error("cannot look for temporary files", error.value()));
  }
  return {};
}

}  // namespace

Status remove_temporary_files(const fs::path& folder) {
  return remove_temporary_files_of<fs::recursive_directory_iterator>(folder);
}

Status remove_temporary_files_directly_in(const fs::path& folder) {
  return remove_temporary_files_of<fs::directory_iterator>(folder);
}

}  // namespace athanor
