#include "athanor/cli/context.hpp"

#include <fmt/format.h>

#include "athanor/cli/output.hpp"

namespace athanor::cli {

void print_made(const Context& context, const Json& record) {
  if (context.json) {
    print_json(record);
  } else {
    print(text_of(record, "id"));
  }
}

void print_list(const Context& context, const Json& records, const std::vector<std::string>& keys) {
  if (context.json) {
    print_json(records);
    return;
  }
  std::vector<std::vector<std::string>> rows{keys};
  for (const auto& record : records) {
    auto& row = rows.emplace_back();
    for (const auto& key : keys) {
      row.push_back(text_of(record, key));
    }
  }
  fmt::print("{}", format_table(rows));
}

void print_record(const Context& context,
                  const Json& record,
                  const std::vector<std::string>& keys) {
  if (context.json) {
    print_json(record);
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& key : keys) {
    rows.push_back({key, text_of(record, key)});
  }
  fmt::print("{}", format_table(rows));
}

void print_done(const Context& context, const Json& reply, const std::string& note) {
  if (context.json) {
    print_json(reply);
  } else {
    print_note(note);
  }
}

}  // namespace athanor::cli
