#include "athanor/http/message.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <strings.h>

#include <fmt/format.h>

namespace athanor::http {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::delete_:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
  }
  return "GET";
}

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string_view name, std::string value) {
  for (auto& field : fields_) {
    if (same_name(field.first, name)) {
      field.second = std::move(value);
      return;
    }
  }
  add(std::string(name), std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& field : fields_) {
    if (same_name(field.first, name)) {
      return field.second;
    }
  }
  return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
  std::string values;
  for (const auto& field : fields_) {
    if (same_name(field.first, name)) {
      values.append(values.empty() ? "" : ", ").append(field.second);
    }
  }
  return values;
}

std::size_t Headers::count(std::string_view name) const {
  const auto matches = [name](const auto& field) { return same_name(field.first, name); };
  return static_cast<std::size_t>(std::count_if(fields_.begin(), fields_.end(), matches));
}

Awaitable<Result<std::string>> read_all(BodyReader& body, std::size_t max_bytes) {
  std::string text;
  std::array<char, 16384> piece;
  while (true) {
    ATHANOR_CO_TRY(const std::size_t count, co_await body.read_some(piece));
    if (count == 0) {
      co_return text;
    }
    if (count > max_bytes - text.size()) {
      co_return fail(
          ErrorCode::too_large,
          fmt::format("the body is larger than {} bytes; send a smaller one", max_bytes));
    }
    text.append(piece.data(), count);
  }
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

const std::string& Request::path_parameter(std::string_view name) const {
  for (const auto& [key, value] : path_parameters) {
    if (key == name) {
      return value;
    }
  }
  throw std::invalid_argument(fmt::format("the route has no path parameter \"{}\"", name));
}

}  // namespace athanor::http
