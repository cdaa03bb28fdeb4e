#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::data {

/// One picture of a label table.
struct LabelRow {
  std::filesystem::path picture;    ///< Exists.
  std::vector<std::string> values;  ///< One for each column; empty where there is no label.
  std::uint64_t line = 0;           ///< Of the file, for messages.
};

/// A CSV table beside the pictures of a dataset: a header, then a picture's file name and its
/// labels in every row.
struct LabelTable {
  std::string file;                  ///< "train.csv"
  std::vector<std::string> columns;  ///< Without that of the file names.
  std::vector<LabelRow> rows;

  /// The place of a column; an error that lists the columns where there is none of this name.
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const;

  /// Every label of a column, sorted, once each.
  [[nodiscard]] std::vector<std::string> labels_of(std::size_t column) const;

  /// "val.csv:7", for messages.
  [[nodiscard]] std::string place_of(const LabelRow& row) const;
};

/// Reads `root`/`name`; file names are those below the one folder images* of the dataset. Errors
/// name the line: a missing file or picture, a row with too few or many fields, columns without a
/// name or of the same one, a table without rows.
[[nodiscard]] Result<LabelTable> read_label_table(const std::filesystem::path& root,
                                                  std::string_view name);

}  // namespace athanor::data
