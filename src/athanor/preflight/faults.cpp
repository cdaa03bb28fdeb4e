#include "athanor/preflight/faults.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::preflight {

std::string to_string(const Fault& fault) {
  return fault.field + ": " + fault.reason;
}

std::string some_of(std::span<const std::string> names) {
  const auto told = names.first(std::min(names.size(), told_names));
  const auto more = names.size() - told.size();
  return fmt::format(
      "{}{}", fmt::join(told, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace athanor::preflight
