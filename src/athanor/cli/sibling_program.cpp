#include "athanor/cli/sibling_program.hpp"

#include <fmt/format.h>

namespace athanor::cli {

namespace fs = std::filesystem;

Result<fs::path> sibling_program(std::string_view name) {
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    return fail(ErrorCode::io, fmt::format("cannot read /proc/self/exe: {}", error.message()));
  }
  return self.parent_path() / name;
}

}  // namespace athanor::cli
