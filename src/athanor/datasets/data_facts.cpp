#include "athanor/datasets/data_facts.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace athanor::datasets {

namespace {

using preflight::Counts;
using preflight::TableFacts;

constexpr std::array<std::string_view, 2> table_names{"train.csv", "val.csv"};

/// The faults that keep a table from being read.
constexpr std::array<std::string_view, 2> table_faults{"table_row", "row_without_picture"};

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The counts of a group, where all names were counted and are as they are in the data.
std::optional<Counts> counts_from(const Json& group) {
  Counts counts;
  for (const auto& [name, count] : group.items()) {
    const bool is_whole = !name.ends_with("...") && name.find('?') == std::string::npos;
    if (!is_whole || !count.is_number_unsigned()) {
      return std::nullopt;
    }
    counts[name] = count.get<std::uint64_t>();
  }
  return counts;
}

/// Class folders are counted below every folder at the root, of which a report may know several.
std::optional<Counts> classes_from(const Json& groups) {
  const auto splits = groups.find("splits");
  if (splits == groups.end() || splits->size() != 1 ||
      !splits->items().begin().key().starts_with("images")) {
    return std::nullopt;
  }
  const auto classes = groups.find("classes");
  return classes == groups.end() ? std::nullopt : counts_from(*classes);
}

/// "train.csv:6: images_train/99.png is not there; add the picture or remove the row"
std::string describe(const Json& fault) {
  const auto line = fault.find("line");
  const auto place = line != fault.end() && line->is_number_integer()
                         ? fmt::format("{}:{}", text_in(fault, "file"), line->get<std::uint64_t>())
                         : text_in(fault, "file");
  return fmt::format("{}: {}; {}", place, text_in(fault, "message"), text_in(fault, "mend"));
}

class TableCollector {
 public:
  explicit TableCollector(const Json& report) : report_(report) {}

  /// None where the report does not tell of every table.
  std::optional<std::map<std::string, TableFacts>> collect() {
    return add_columns() && add_faults() ? std::optional(std::move(tables_)) : std::nullopt;
  }

 private:
  bool add_columns() {
    for (const auto& [group, values] : report_.at("counts").items()) {
      for (const auto table : table_names) {
        if (!group.starts_with(fmt::format("{} ", table))) {
          continue;
        }
        const auto column = group.substr(table.size() + 1);
        auto counts = counts_from(values);
        if (!counts || column.ends_with("...") || column.find('?') != std::string::npos) {
          return false;
        }
        tables_[std::string(table)].columns[column] = *std::move(counts);
      }
    }
    return true;
  }

  /// The first fault of each table. Where not all are listed, one may be missing.
  bool add_faults() {
    const auto* listed = find_path(report_, "faults.listed");
    const auto* total = find_path(report_, "faults.total");
    if (listed == nullptr || total == nullptr || *total != listed->size()) {
      return false;
    }
    for (const auto& fault : *listed) {
      const auto file = text_in(fault, "file");
      const bool is_of_table = std::ranges::count(table_names, file) > 0 &&
                               std::ranges::count(table_faults, text_in(fault, "kind")) > 0;
      if (is_of_table && tables_[file].fault.empty()) {
        tables_[file].fault = describe(fault);
      }
    }
    return true;
  }

  const Json& report_;
  std::map<std::string, TableFacts> tables_;
};

}  // namespace

preflight::DataFacts data_facts_of(const Json& report) {
  preflight::DataFacts facts;
  facts.format = text_in(report, "format");
  if (const auto bytes = report.find("bytes"); bytes != report.end() && bytes->is_number()) {
    facts.bytes = bytes->get<std::uint64_t>();
  }
  const auto groups = report.find("counts");
  if (text_in(report, "type") != "image_classification" || groups == report.end()) {
    return facts;
  }
  if (facts.format == "default") {
    facts.classes = classes_from(*groups);
  }
  facts.tables = TableCollector(report).collect();
  return facts;
}

}  // namespace athanor::datasets
