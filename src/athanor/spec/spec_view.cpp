#include "athanor/spec/spec_view.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace athanor::spec {

namespace {

[[noreturn]] void refuse(std::string_view path, std::string_view expected, const Json& given) {
  throw std::invalid_argument(
      fmt::format("{} must be {}, the spec has {}", path, expected, to_text(given)));
}

/// The value at a path; null counts as absent.
const Json* given(const Json& spec, std::string_view path) {
  const Json* value = find_path(spec, path);
  return value == nullptr || value->is_null() ? nullptr : value;
}

template <class T>
T required(const std::optional<T>& value, std::string_view path) {
  if (!value) {
    throw std::invalid_argument(fmt::format("{} is missing from the spec; set it", path));
  }
  return *value;
}

double number_of(const Json& value, std::string_view path) {
  if (!value.is_number()) {
    refuse(path, "a number", value);
  }
  return value.get<double>();
}

}  // namespace

std::optional<std::int64_t> SpecView::find(Key<std::int64_t> key) const {
  const Json* value = given(spec_, key.path);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_number_integer()) {
    refuse(key.path, "an integer", *value);
  }
  return value->get<std::int64_t>();
}

std::optional<double> SpecView::find(Key<double> key) const {
  const Json* value = given(spec_, key.path);
  return value == nullptr ? std::nullopt : std::optional(number_of(*value, key.path));
}

std::optional<bool> SpecView::find(Key<bool> key) const {
  const Json* value = given(spec_, key.path);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_boolean()) {
    refuse(key.path, "true or false", *value);
  }
  return value->get<bool>();
}

std::optional<std::string> SpecView::find(Key<std::string> key) const {
  const Json* value = given(spec_, key.path);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_string()) {
    refuse(key.path, "a string", *value);
  }
  return value->get<std::string>();
}

std::optional<std::vector<double>> SpecView::find(Key<std::vector<double>> key) const {
  const Json* value = given(spec_, key.path);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_array()) {
    return std::vector{number_of(*value, key.path)};
  }
  std::vector<double> numbers;
  for (const Json& item : *value) {
    numbers.push_back(number_of(item, key.path));
  }
  return numbers;
}

const Json* SpecView::find(Key<Json> key) const {
  return given(spec_, key.path);
}

std::int64_t SpecView::get(Key<std::int64_t> key) const {
  return required(find(key), key.path);
}

double SpecView::get(Key<double> key) const {
  return required(find(key), key.path);
}

bool SpecView::get(Key<bool> key) const {
  return required(find(key), key.path);
}

std::string SpecView::get(Key<std::string> key) const {
  return required(find(key), key.path);
}

bool SpecView::has(std::string_view path) const {
  return given(spec_, path) != nullptr;
}

}  // namespace athanor::spec
