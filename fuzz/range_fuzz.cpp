#include <string_view>
#include <vector>

#include "target.hpp"

#include "athanor/core/limits.hpp"
#include "athanor/http/range.hpp"

namespace athanor::fuzz {

/// The input is a Range header.
void range(std::string_view input) {
  constexpr std::uint64_t file_bytes = 1000;
  const auto outcome = http::parse_range(input, file_bytes);
  const auto* ranges = std::get_if<std::vector<http::ByteRange>>(&outcome);
  if (ranges == nullptr) {
    return;
  }
  std::uint64_t total = 0;
  for (const auto& wanted : *ranges) {
    require(wanted.length > 0 && wanted.first < file_bytes &&
                wanted.length <= file_bytes - wanted.first,
            "a range lies in the file");
    total += wanted.length;
  }
  require(!ranges->empty() && ranges->size() <= limits::ranges, "ranges are few");
  require(total <= file_bytes, "ranges do not overlap");
}

}  // namespace athanor::fuzz
