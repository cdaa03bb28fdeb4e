#include "support/paths.hpp"

namespace athanor::testing {

std::filesystem::path source_folder() {
  return ATHANOR_SOURCE_DIR;
}

std::filesystem::path shared_data_folder() {
  return source_folder().parent_path() / "shared" / "data";
}

}  // namespace athanor::testing
