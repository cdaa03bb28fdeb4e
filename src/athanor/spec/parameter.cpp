#include "athanor/spec/parameter.hpp"

#include <algorithm>

namespace athanor::spec {

const Table* find_table(std::string_view subject, std::string_view action) {
  const auto all = tables();
  const auto found = std::ranges::find_if(
      all, [&](const Table& table) { return table.subject == subject && table.action == action; });
  return found == all.end() ? nullptr : &*found;
}

const Parameter* find_parameter(const Table& table, std::string_view path) {
  const auto found = std::ranges::find(table.parameters, path, &Parameter::path);
  return found == table.parameters.end() ? nullptr : &*found;
}

}  // namespace athanor::spec
