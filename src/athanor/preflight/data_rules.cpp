#include "athanor/preflight/data_rules.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include <fmt/format.h>

namespace athanor::preflight {

namespace {

/// Those of `names` that `others` lacks, in their order.
std::vector<std::string> missing_in(const std::vector<std::string>& others,
                                    const std::vector<std::string>& names) {
  const std::unordered_set<std::string_view> known(others.begin(), others.end());
  std::vector<std::string> missing;
  std::ranges::copy_if(names, std::back_inserter(missing), [&known](const std::string& name) {
    return !known.contains(name);
  });
  return missing;
}

/// A fault for each name as `tell` words it; of many, the first ones and how many more there are.
template <class Tell>
void add_each(const std::vector<std::string>& names,
              std::string_view role,
              const Tell& tell,
              Faults& faults) {
  const auto count = std::min(names.size(), told_names);
  for (std::size_t i = 0; i < count; ++i) {
    faults.add(role, tell(names[i]));
  }
  if (names.size() > count) {
    faults.add(role, fmt::format("the same of {} more", names.size() - count));
  }
}

}  // namespace

std::vector<std::string> values_of(const Counts& counts) {
  std::vector<std::string> values;
  for (const auto& [value, count] : counts) {
    if (!value.empty()) {
      values.push_back(value);
    }
  }
  return values;
}

std::vector<std::string> columns_of(const TableFacts& table) {
  std::vector<std::string> names;
  for (const auto& [name, values] : table.columns) {
    names.push_back(name);
  }
  return names;
}

const TableFacts* require_table(const DataFacts& data,
                                std::string_view role,
                                std::string_view name,
                                Faults& faults) {
  if (!data.tables) {
    return nullptr;
  }
  const auto found = data.tables->find(std::string(name));
  if (found == data.tables->end()) {
    faults.add(role,
               fmt::format("{0} is not in the dataset; add {0} with a row for each picture", name));
    return nullptr;
  }
  if (!found->second.fault.empty()) {
    faults.add(role, found->second.fault);
    return nullptr;
  }
  return &found->second;
}

void check_same_names(const std::vector<std::string>& needed,
                      const std::vector<std::string>& given,
                      std::string_view role,
                      std::string_view kind,
                      Faults& faults) {
  check_values_known(given, needed, role, kind, faults);
  const auto tell = [kind](const std::string& name) {
    return fmt::format("the {} \"{}\" is missing; add it with pictures", kind, name);
  };
  add_each(missing_in(given, needed), role, tell, faults);
}

void check_values_known(const std::vector<std::string>& given,
                        const std::vector<std::string>& known,
                        std::string_view role,
                        std::string_view what,
                        Faults& faults) {
  const auto tell = [&known, what](const std::string& name) {
    return fmt::format(
        "the {} \"{}\" is unknown to the model, which learns {}; remove it, or add pictures of it "
        "to train_datasets",
        what,
        name,
        some_of(known));
  };
  add_each(missing_in(known, given), role, tell, faults);
}

}  // namespace athanor::preflight
