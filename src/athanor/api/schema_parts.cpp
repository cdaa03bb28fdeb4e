#include "athanor/api/schema_parts.hpp"

#include <algorithm>

namespace athanor::api {

Json string_schema() {
  return {{"type", "string"}};
}

Json nullable(Json schema) {
  schema["nullable"] = true;
  return schema;
}

Json id_schema() {
  return {{"type", "string"}, {"format", "uuid"}};
}

Json integer_schema() {
  return {{"type", "integer"}};
}

Json number_schema() {
  return {{"type", "number"}};
}

Json boolean_schema() {
  return {{"type", "boolean"}};
}

Json array_schema(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

Json object_schema(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

Json closed(Json object) {
  object["additionalProperties"] = false;
  return object;
}

Json closed_object_schema(Json properties, const std::vector<std::string>& optional) {
  Json required = Json::array();
  for (const auto& item : properties.items()) {
    if (std::find(optional.begin(), optional.end(), item.key()) == optional.end()) {
      required.push_back(item.key());
    }
  }
  auto schema = object_schema(std::move(properties));
  schema["required"] = std::move(required);
  return closed(std::move(schema));
}

Json reference_to(const std::string& name) {
  return {{"$ref", "#/components/schemas/" + name}};
}

Json array_of(const std::string& name) {
  return array_schema(reference_to(name));
}

}  // namespace athanor::api
