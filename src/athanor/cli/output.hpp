#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/json.hpp"

namespace athanor::cli {

/// A line on standard output.
void print(std::string_view line);

/// Text on standard output as it is, at once.
void print_text(std::string_view text);

/// A line on standard error: what is going on, so that standard output stays parsable.
void print_note(std::string_view line);

void print_json(const Json& value);

/// Columns padded to their widest cell, two spaces apart; the first row is the heading.
[[nodiscard]] std::string format_table(const std::vector<std::vector<std::string>>& rows);

/// A member as text: strings bare, null or missing as "-", the rest as JSON.
[[nodiscard]] std::string text_of(const Json& record, std::string_view key);

}  // namespace athanor::cli
