#include <string_view>

#include "target.hpp"

#include "athanor/backup/manifest.hpp"

namespace athanor::fuzz {

void backup_manifest(std::string_view input) {
  const auto manifest = backup::parse_manifest(input);
  if (manifest) {
    const auto again = backup::parse_manifest(backup::to_text(*manifest));
    require(again && *again == *manifest, "what is read is written so that it is read as the same");
  }
}

}  // namespace athanor::fuzz
