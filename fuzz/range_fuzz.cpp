#include <cstdint>
#include <cstdlib>

#include "athanor/core/limits.hpp"
#include "athanor/http/range.hpp"

/// Ranges that are accepted lie in the file, do not overlap and are few.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t file_bytes = 1000;
  const auto outcome =
      athanor::http::parse_range({reinterpret_cast<const char*>(data), size}, file_bytes);
  const auto* ranges = std::get_if<std::vector<athanor::http::ByteRange>>(&outcome);
  if (ranges == nullptr) {
    return 0;
  }
  std::uint64_t total = 0;
  for (const auto& range : *ranges) {
    if (range.length == 0 || range.first >= file_bytes || range.length > file_bytes - range.first) {
      std::abort();
    }
    total += range.length;
  }
  if (ranges->empty() || ranges->size() > athanor::limits::ranges || total > file_bytes) {
    std::abort();
  }
  return 0;
}
