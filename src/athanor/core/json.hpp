#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "athanor/core/error.hpp"

namespace athanor {

/// Keeps the order of keys, so that users get back what they sent.
using Json = nlohmann::ordered_json;

/// Parses JSON text from outside. Refuses, with the byte or key named: syntax errors, invalid
/// UTF-8, NaN and Infinity, duplicate keys, and nesting deeper than limits::json_depth (the
/// library parses any depth, but overflows the stack on the first copy).
[[nodiscard]] Result<Json> parse_json(std::string_view text);

/// Adds a member that the object is known to lack, without looking for it: objects keep their order
/// and are searched from front to back, which adds up where users choose the number of keys.
void append_member(Json& object, std::string key, Json value);

/// An empty object that can get so many members by append_member() without copying those it has, as
/// one that grows does.
[[nodiscard]] Json object_with_room_for(std::size_t members);

/// Compact text. Bytes that are not UTF-8 become U+FFFD instead of an exception.
[[nodiscard]] std::string to_text(const Json& value);

/// The same with an indent of two, for files that people read.
[[nodiscard]] std::string to_pretty_text(const Json& value);

/// The value at a dotted path ("train_config.n_epochs"), or nullptr.
[[nodiscard]] const Json* find_path(const Json& root, std::string_view dotted_path);

/// Sets the value at a dotted path; creates the objects on the way, replaces what is no object.
void set_path(Json& root, std::string_view dotted_path, Json value);

}  // namespace athanor
