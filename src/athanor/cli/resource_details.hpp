#pragma once

#include <optional>
#include <string>

#include "athanor/core/json.hpp"

namespace athanor::cli {

/// The descriptive fields that datasets and models share; unset ones are not sent.
struct ResourceDetails {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> version;
  std::optional<std::string> logo;
};

/// Sets a member of a request body where there is a value.
void add_member(Json& body, const char* key, const std::optional<std::string>& value);

void add_details(Json& body, const ResourceDetails& details);

}  // namespace athanor::cli
