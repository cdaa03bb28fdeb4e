#include <filesystem>
#include <string_view>

#include "target.hpp"

#include "athanor/datasets/member_name.hpp"

namespace athanor::fuzz {

void member_name(std::string_view input) {
  const auto name = datasets::parse_member_name(input);
  if (!name || name->empty()) {
    return;
  }
  const std::filesystem::path path = datasets::to_string(*name);
  require(path.is_relative() && path == path.lexically_normal() && *path.begin() != "..",
          "a name that is let through stays below the folder it is unpacked into");
  const auto again = datasets::parse_member_name(path.string());
  require(again && *again == *name, "a name means the same when it is read again");
}

}  // namespace athanor::fuzz
