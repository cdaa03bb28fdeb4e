#include "athanor/data/label_table.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/csv.hpp"
#include "athanor/core/files.hpp"
#include "athanor/data/image_folder.hpp"

namespace athanor::data {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

tl::unexpected<Error> refuse_table(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

/// The path of a picture; names that lead out of the folder, or that no file can have, are none.
std::optional<fs::path> picture_in(const fs::path& folder, const fs::path& name) {
  const bool leads_out =
      name.is_absolute() ||
      std::any_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
  const bool is_cut = name.native().find('\0') != std::string::npos;
  std::error_code too_long;
  if (name.empty() || leads_out || is_cut || !fs::is_regular_file(folder / name, too_long)) {
    return std::nullopt;
  }
  return folder / name;
}

class TableReader {
 public:
  TableReader(fs::path pictures, std::string_view name) : pictures_(std::move(pictures)) {
    table_.file = name;
  }

  Result<LabelTable> read(std::string_view text) {
    if (text.starts_with(byte_order_mark)) {
      text.remove_prefix(byte_order_mark.size());
    }
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
      ++line_;
      if (line.ends_with('\r')) {
        line.pop_back();
      }
      if (!line.empty()) {
        ATHANOR_CHECK_OK(take(line));
      }
    }
    if (table_.rows.empty()) {
      return refuse_table(
          fmt::format("{} has no rows; add a header and one row for each picture", table_.file));
    }
    return std::move(table_);
  }

 private:
  Status take(std::string_view line) {
    auto fields = csv_fields(line);
    if (!fields) {
      return refuse_line("its quotes do not match; close every quote");
    }
    return has_header_ ? take_row(std::move(*fields)) : take_header(std::move(*fields));
  }

  Status take_header(std::vector<std::string> fields) {
    has_header_ = true;
    table_.columns.assign(fields.begin() + 1, fields.end());
    if (table_.columns.empty()) {
      return refuse_line(
          "the header names no label; name the files' column and one for each label");
    }
    std::set<std::string> seen;
    for (const auto& name : table_.columns) {
      if (name.empty() || !seen.insert(name).second) {
        return refuse_line(fmt::format(
            "the header has a column \"{}\" without a name of its own; rename it", name));
      }
    }
    return {};
  }

  Status take_row(std::vector<std::string> fields) {
    if (fields.size() != table_.columns.size() + 1) {
      return refuse_line(fmt::format("it has {} fields, the header {}; give each column its field",
                                     fields.size(),
                                     table_.columns.size() + 1));
    }
    auto picture = picture_in(pictures_, fields.front());
    if (!picture) {
      return refuse_line(fmt::format("{}/{} is not there; add the picture or remove the row",
                                     pictures_.filename().string(),
                                     fields.front()));
    }
    table_.rows.push_back({*std::move(picture), {fields.begin() + 1, fields.end()}, line_});
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> refuse_line(std::string_view reason) const {
    return refuse_table(fmt::format("{}:{}: {}", table_.file, line_, reason));
  }

  fs::path pictures_;
  LabelTable table_;
  std::uint64_t line_ = 0;
  bool has_header_ = false;
};

}  // namespace

Result<std::size_t> LabelTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) {
    return refuse_table(
        fmt::format("{} has no column \"{}\"; it has {}", file, name, fmt::join(columns, ", ")));
  }
  return static_cast<std::size_t>(found - columns.begin());
}

std::vector<std::string> LabelTable::labels_of(std::size_t column) const {
  std::set<std::string> labels;
  for (const auto& row : rows) {
    if (!row.values[column].empty()) {
      labels.insert(row.values[column]);
    }
  }
  return {labels.begin(), labels.end()};
}

std::string LabelTable::place_of(const LabelRow& row) const {
  return fmt::format("{}:{}", file, row.line);
}

Result<LabelTable> read_label_table(const fs::path& root, std::string_view name) {
  ATHANOR_TRY(auto pictures, find_images_folder(root));
  const auto text = read_file(root / name);
  if (!text) {
    return text.error().code == ErrorCode::not_found
               ? refuse_table(fmt::format(
                     "{0} is not in the dataset; add {0} with a row for each picture", name))
               : fail(text.error());
  }
  return TableReader(std::move(pictures), name).read(*text);
}

}  // namespace athanor::data
