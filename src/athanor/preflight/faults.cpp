#include "athanor/preflight/faults.hpp"

#include <algorithm>
#include <unordered_set>

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

void add_each_missing(std::span<const std::string> names,
                      std::span<const std::string> others,
                      std::string_view field,
                      const std::function<std::string(const std::string& name)>& tell,
                      Faults& faults) {
  const std::unordered_set<std::string_view> known(others.begin(), others.end());
  std::size_t missing = 0;
  for (const auto& name : names) {
    if (!known.contains(name) && ++missing <= told_names) {
      faults.add(field, tell(name));
    }
  }
  if (missing > told_names) {
    faults.add(field, fmt::format("the same of {} more", missing - told_names));
  }
}

}  // namespace athanor::preflight
