#include "athanor/cli/resource_details.hpp"

namespace athanor::cli {

void add_member(Json& body, const char* key, const std::optional<std::string>& value) {
  if (value) {
    body[key] = *value;
  }
}

void add_details(Json& body, const ResourceDetails& details) {
  add_member(body, "name", details.name);
  add_member(body, "description", details.description);
  add_member(body, "version", details.version);
  add_member(body, "logo", details.logo);
}

}  // namespace athanor::cli
