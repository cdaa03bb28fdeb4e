#include "athanor/api/body_fields.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace athanor::api {

namespace {

auto wrong_type(std::string_view name, std::string_view expected, const Json& value) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("\"{}\" must be {}, not {}", name, expected, value.type_name()));
}

Result<Uuid> parse_id(std::string_view name, const Json& value) {
  if (!value.is_string()) {
    return wrong_type(name, "an ID (a UUID as a string)", value);
  }
  const auto id = Uuid::parse(value.get_ref<const std::string&>());
  if (!id) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("Provided {} cannot be added: it is not a valid UUID", name));
  }
  return *id;
}

bool has_scheme_and_host(std::string_view url) {
  const auto separator = url.find("://");
  const auto is_scheme_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  };
  if (separator == std::string_view::npos || separator == 0 ||
      !std::ranges::all_of(url.substr(0, separator), is_scheme_character)) {
    return false;
  }
  const auto rest = url.substr(separator + 3);
  return !rest.empty() && rest.front() != '/' && rest.find(' ') == std::string_view::npos;
}

}  // namespace

Result<BodyFields> BodyFields::of(const Json& body) {
  if (!body.is_object()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the body must be a JSON object, not {}", body.type_name()));
  }
  return BodyFields(body);
}

const Json* BodyFields::find(std::string_view name) const {
  const auto found = body_->find(std::string(name));
  return found == body_->end() ? nullptr : &*found;
}

Result<std::optional<std::string>> BodyFields::text(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr || value->is_null()) {
    return std::optional<std::string>();
  }
  if (!value->is_string()) {
    return wrong_type(name, "a string", *value);
  }
  const auto& text = value->get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, fmt::format("\"{}\" must not hold NUL", name));
  }
  return std::optional(text);
}

Result<std::optional<bool>> BodyFields::boolean(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr || value->is_null()) {
    return std::optional<bool>();
  }
  if (!value->is_boolean()) {
    return wrong_type(name, "true or false", *value);
  }
  return std::optional(value->get<bool>());
}

Result<std::optional<std::int64_t>> BodyFields::positive_integer(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr || value->is_null()) {
    return std::optional<std::int64_t>();
  }
  if (!value->is_number_integer()) {
    return wrong_type(name, "an integer", *value);
  }
  // A count beyond 32 bits is a typing error, whatever the field.
  constexpr std::int64_t largest = 1LL << 31;
  const auto number = value->get<std::int64_t>();
  if (number < 1 || number > largest) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" must be between 1 and {}", name, largest));
  }
  return std::optional(number);
}

Result<std::optional<std::string>> BodyFields::url(std::string_view name) const {
  ATHANOR_TRY(auto value, text(name));
  if (value && !has_scheme_and_host(*value)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" must be an absolute URL such as https://example.org", name));
  }
  return value;
}

Result<LinkChange> BodyFields::links(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) {
    return LinkChange{};
  }
  LinkChange change{true, {}};
  if (value->is_null() || (value->is_string() && value->get_ref<const std::string&>().empty())) {
    return change;
  }
  if (!value->is_array()) {
    ATHANOR_TRY(const auto id, parse_id(name, *value));
    change.ids.push_back(id);
    return change;
  }
  for (const auto& element : *value) {
    if (element.is_null()) {
      continue;  // Old notebooks send [null] where nothing matched.
    }
    ATHANOR_TRY(const auto id, parse_id(name, element));
    change.ids.push_back(id);
  }
  return change;
}

Result<LinkChange> BodyFields::link(std::string_view name) const {
  ATHANOR_TRY(auto change, links(name));
  if (change.ids.size() > 1) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("Provided {} cannot be added: it takes one ID", name));
  }
  return change;
}

}  // namespace athanor::api
