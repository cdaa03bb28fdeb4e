#include <string_view>

#include "target.hpp"

#include "athanor/compile/calibration_table.hpp"

namespace athanor::fuzz {

/// The input is a whole file.
void calibration_table(std::string_view input) {
  const auto table = compile::parse_calibration_table(input);
  if (!table) {
    return;
  }
  for (const auto& [name, range] : table->ranges) {
    require(range.threshold > 0, "every threshold is positive");
  }
  const auto again = compile::parse_calibration_table(compile::render_calibration_table(*table));
  require(again && *again == *table, "a table is written so that it is read as the same");
}

}  // namespace athanor::fuzz
