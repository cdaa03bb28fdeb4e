#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "athanor/datasets/member_name.hpp"

/// A name that is let through stays below the folder it is unpacked into, and means the same when
/// it is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace datasets = athanor::datasets;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto name = datasets::parse_member_name(input);
  if (!name || name->empty()) {
    return 0;
  }
  const std::filesystem::path path = datasets::to_string(*name);
  const bool stays = path.is_relative() && path == path.lexically_normal() && *path.begin() != "..";
  const auto again = datasets::parse_member_name(path.string());
  if (!stays || !again || *again != *name) {
    std::abort();
  }
  return 0;
}
