#include "athanor/preflight/data_rules.hpp"

#include <fmt/format.h>

namespace athanor::preflight {

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
  add_each_missing(needed, given, role, tell, faults);
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
  add_each_missing(given, known, role, tell, faults);
}

}  // namespace athanor::preflight
