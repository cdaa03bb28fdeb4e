#include "athanor/core/json_file.hpp"

#include "athanor/core/files.hpp"

namespace athanor {

Result<Json> read_json_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  ATHANOR_TRY(const auto text, read_file(path, max_bytes));
  auto value = parse_json(text);
  if (!value) {
    return fail(value.error().within(path.filename().string()));
  }
  return value;
}

Status write_json_file(const std::filesystem::path& path, const Json& value) {
  return write_file_atomic(path, to_pretty_text(value) + "\n");
}

}  // namespace athanor
