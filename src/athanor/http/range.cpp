#include "athanor/http/range.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <strings.h>

#include "athanor/core/limits.hpp"

namespace athanor::http {

namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Nullopt unless the whole text is one number of 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return value;
}

/// One "first-last", "first-" or "-suffix". Nullopt on bad syntax; length 0 if beyond the end.
std::optional<ByteRange> parse_one(std::string_view text, std::uint64_t size) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto last = parse_number(text.substr(dash + 1));
  if (dash == 0) {
    if (!last) {
      return std::nullopt;
    }
    const std::uint64_t length = std::min(*last, size);
    return ByteRange{size - length, length};
  }
  const auto first = parse_number(text.substr(0, dash));
  const bool open_end = dash + 1 == text.size();
  if (!first || (!last && !open_end) || (last && *last < *first)) {
    return std::nullopt;
  }
  if (*first >= size) {
    return ByteRange{};
  }
  const std::uint64_t end = open_end || *last >= size ? size : *last + 1;
  return ByteRange{*first, end - *first};
}

bool overlap(std::vector<ByteRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const ByteRange& a, const ByteRange& b) {
    return a.first < b.first;
  });
  return std::adjacent_find(
             ranges.begin(), ranges.end(), [](const ByteRange& a, const ByteRange& b) {
               return a.first + a.length > b.first;
             }) != ranges.end();
}

}  // namespace

RangeOutcome parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (header.size() < unit.size() || strncasecmp(header.data(), unit.data(), unit.size()) != 0) {
    return WholeFile{};
  }
  header.remove_prefix(unit.size());
  std::vector<ByteRange> ranges;
  for (std::size_t count = 0;; ++count) {
    if (count == limits::ranges) {
      return UnsatisfiableRange{};
    }
    const auto comma = header.find(',');
    const auto range = parse_one(trim(header.substr(0, comma)), size);
    if (!range) {
      return WholeFile{};
    }
    if (range->length > 0) {
      ranges.push_back(*range);
    }
    if (comma == std::string_view::npos) {
      break;
    }
    header.remove_prefix(comma + 1);
  }
  if (ranges.empty() || overlap(ranges)) {
    return UnsatisfiableRange{};
  }
  return ranges;
}

}  // namespace athanor::http
