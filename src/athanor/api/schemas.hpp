#pragma once

#include "athanor/core/json.hpp"

/// The shapes of bodies and replies for the OpenAPI document.
namespace athanor::api {

/// Every component schema by name: "Dataset", "Model", "Job", "Error", ...
[[nodiscard]] Json component_schemas();

}  // namespace athanor::api
