#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/preflight/facts.hpp"
#include "athanor/preflight/faults.hpp"

/// Building blocks for rules about the data of a job.
namespace athanor::preflight {

inline constexpr std::string_view train_role = "train_datasets";
inline constexpr std::string_view eval_role = "eval_dataset";
inline constexpr std::string_view train_table = "train.csv";
inline constexpr std::string_view eval_table = "val.csv";

/// The values that occur, without the missing ones.
[[nodiscard]] std::vector<std::string> values_of(const Counts& counts);

/// The names of a table's columns.
[[nodiscard]] std::vector<std::string> columns_of(const TableFacts& table);

/// The table of that name; adds a fault where the dataset is known to lack it or where it cannot be
/// read. nullptr then, and where nothing is known.
[[nodiscard]] const TableFacts* require_table(const DataFacts& data,
                                              std::string_view role,
                                              std::string_view name,
                                              Faults& faults);

/// All of `needed` and nothing else occurs in `given`; `kind` says what they are ("class folder").
void check_same_names(const std::vector<std::string>& needed,
                      const std::vector<std::string>& given,
                      std::string_view role,
                      std::string_view kind,
                      Faults& faults);

/// Every one of `given` is one of `known`.
void check_values_known(const std::vector<std::string>& given,
                        const std::vector<std::string>& known,
                        std::string_view role,
                        std::string_view what,
                        Faults& faults);

}  // namespace athanor::preflight
