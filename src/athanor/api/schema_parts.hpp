#pragma once

#include <string>
#include <vector>

#include "athanor/core/json.hpp"

/// The building blocks of schemas in the OpenAPI document.
namespace athanor::api {

[[nodiscard]] Json string_schema();
[[nodiscard]] Json integer_schema();
[[nodiscard]] Json number_schema();
[[nodiscard]] Json boolean_schema();

/// A UUID.
[[nodiscard]] Json id_schema();

[[nodiscard]] Json nullable(Json schema);
[[nodiscard]] Json array_schema(Json items);
[[nodiscard]] Json object_schema(Json properties);

/// An object that has no other keys.
[[nodiscard]] Json closed(Json object);

/// An object whose keys are all always there, but for the optional ones, and nothing else is.
[[nodiscard]] Json closed_object_schema(Json properties,
                                        const std::vector<std::string>& optional = {});

/// {"$ref": "#/components/schemas/<name>"}
[[nodiscard]] Json reference_to(const std::string& name);

/// An array of such references.
[[nodiscard]] Json array_of(const std::string& name);

}  // namespace athanor::api
