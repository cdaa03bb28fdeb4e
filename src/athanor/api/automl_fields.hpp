#pragma once

#include <optional>
#include <string>
#include <vector>

#include "athanor/api/body_fields.hpp"
#include "athanor/core/json.hpp"

namespace athanor::api {

/// The automl_* fields of a body, checked.
struct AutomlRequest {
  std::optional<bool> enabled;
  Json values = Json::object();  ///< The other fields that were given.
};

/// The names in a list of parameters as clients send it: a string that holds a Python or JSON list
/// of strings, or nothing at all (contract 4.5).
[[nodiscard]] Result<std::vector<std::string>> parse_parameter_list(std::string text);

[[nodiscard]] Result<AutomlRequest> parse_automl(const BodyFields& fields);

/// Applies the request to a model's stored AutoML block (contract 4.5): without `enabled` the
/// other fields are ignored, false only clears the flag, true resets what it does not name.
[[nodiscard]] Status apply_automl(const AutomlRequest& request,
                                  bool network_supports_automl,
                                  Json& automl);

}  // namespace athanor::api
