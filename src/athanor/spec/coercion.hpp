#pragma once

#include <optional>
#include <string_view>

#include "athanor/core/json.hpp"
#include "athanor/spec/parameter.hpp"

namespace athanor::spec {

/// `value` as the scalar type of a row: integers as int64, also from 10.0 and "10"; numbers from
/// finite numbers and numeric strings; booleans and strings from their own kind only. None when
/// it is nothing of the sort, or when `type` is an object or list.
[[nodiscard]] std::optional<Json> coerced(Type type, const Json& value);

/// The option of a row that `value` names, in the table's spelling. The original's text format
/// wraps enum tokens in double underscores, so __L1__ and L1 name each other.
[[nodiscard]] std::optional<std::string_view> named_option(const Parameter& row, const Json& value);

}  // namespace athanor::spec
