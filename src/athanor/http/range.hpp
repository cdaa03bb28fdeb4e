#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace athanor::http {

/// `length` bytes from `first` on.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;

  bool operator==(const ByteRange&) const = default;
};

/// The header asks for nothing we can serve in parts (another unit, bad syntax): send the whole.
struct WholeFile {};

/// Nothing of what is asked for lies in the file, or the ranges overlap or are more than
/// limits::ranges, which only an attack on the server's bandwidth needs: answer 416.
struct UnsatisfiableRange {};

using RangeOutcome = std::variant<WholeFile, UnsatisfiableRange, std::vector<ByteRange>>;

/// Reads a Range header ("bytes=0-99,-500") for a file of `size` bytes (RFC 9110 section 14).
/// Ranges that lie beyond the end are left out; the others keep their order.
[[nodiscard]] RangeOutcome parse_range(std::string_view header, std::uint64_t size);

}  // namespace athanor::http
