#include "athanor/preflight/data_rules.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::preflight {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
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
  for (const auto& name : needed) {
    if (!contains(given, name)) {
      faults.add(role, fmt::format("the {} \"{}\" is missing; add it with pictures", kind, name));
    }
  }
}

void check_values_known(const std::vector<std::string>& given,
                        const std::vector<std::string>& known,
                        std::string_view role,
                        std::string_view what,
                        Faults& faults) {
  for (const auto& name : given) {
    if (!contains(known, name)) {
      faults.add(
          role,
          fmt::format("the {} \"{}\" is unknown to the model, which learns {}; remove it, or "
                      "add pictures of it to train_datasets",
                      what,
                      name,
                      fmt::join(known, ", ")));
    }
  }
}

}  // namespace athanor::preflight
