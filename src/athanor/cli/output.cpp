#include "athanor/cli/output.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace athanor::cli {

void print(std::string_view line) {
  fmt::print(stdout, "{}\n", line);
}

void print_text(std::string_view text) {
  fmt::print(stdout, "{}", text);
  std::fflush(stdout);
}

void print_note(std::string_view line) {
  fmt::print(stderr, "{}\n", line);
}

void print_json(const Json& value) {
  print(to_pretty_text(value));
}

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], row[column].size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      line += fmt::format("{:<{}}  ", row[column], widths[column]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string text_of(const Json& record, std::string_view key) {
  const auto found = record.find(key);
  if (found == record.end() || found->is_null()) {
    return "-";
  }
  return found->is_string() ? found->get<std::string>() : to_text(*found);
}

}  // namespace athanor::cli
