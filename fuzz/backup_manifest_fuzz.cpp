#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "athanor/backup/manifest.hpp"

// What is read as a manifest is written so that it is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest =
      athanor::backup::parse_manifest({reinterpret_cast<const char*>(data), size});
  if (manifest &&
      athanor::backup::parse_manifest(athanor::backup::to_text(*manifest)).value() != *manifest) {
    std::abort();
  }
  return 0;
}
