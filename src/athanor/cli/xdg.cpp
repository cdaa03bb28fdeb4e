#include "athanor/cli/xdg.hpp"

#include <cstdlib>

namespace athanor::cli {

namespace {

namespace fs = std::filesystem;

fs::path folder_of(const char* variable, const char* below_home) {
  // Relative paths in these variables are invalid and to be ignored.
  if (const char* base = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): never set here.
      base != nullptr && fs::path(base).is_absolute()) {
    return fs::path(base) / "athanor";
  }
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): never set here.
  return home != nullptr && *home != '\0' ? fs::path(home) / below_home / "athanor" : fs::path();
}

}  // namespace

fs::path data_home() {
  return folder_of("XDG_DATA_HOME", ".local/share");
}

fs::path config_home() {
  return folder_of("XDG_CONFIG_HOME", ".config");
}

fs::path state_home() {
  return folder_of("XDG_STATE_HOME", ".local/state");
}

fs::path cache_home() {
  return folder_of("XDG_CACHE_HOME", ".cache");
}

}  // namespace athanor::cli
