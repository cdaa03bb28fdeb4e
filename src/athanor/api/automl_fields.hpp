#pragma once

#include "athanor/api/body_fields.hpp"
#include "athanor/core/json.hpp"

namespace athanor::api {

/// The automl_* fields of a body, checked.
struct AutomlRequest {
  std::optional<bool> enabled;
  Json values = Json::object();  ///< The other fields that were given.
};

[[nodiscard]] Result<AutomlRequest> parse_automl(const BodyFields& fields);

/// Applies the request to a model's stored AutoML block (contract 4.5): without `enabled` the
/// other fields are ignored, false only clears the flag, true resets what it does not name.
[[nodiscard]] Status apply_automl(const AutomlRequest& request,
                                  bool network_supports_automl,
                                  Json& automl);

}  // namespace athanor::api
