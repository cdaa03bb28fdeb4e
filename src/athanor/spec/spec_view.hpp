#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "athanor/core/json.hpp"

namespace athanor::spec {

/// A typed path. The build generates one per parameter, in a header per subject
/// (athanor/spec/keys/classification.hpp: keys::classification::train_config::n_epochs), so that
/// a misspelled parameter or a wrong type does not compile. A group has its own key in `self`.
/// Items of a list of objects are read one by one, by the keys in `<list>_item`.
template <class T>
struct Key {
  std::string_view path;
};

/// Typed reading of a hardened spec.
class SpecView {
 public:
  explicit SpecView(Json spec) : spec_(std::move(spec)) {}

  /// The value; throws std::invalid_argument naming the path when it is absent and has no default.
  [[nodiscard]] std::int64_t get(Key<std::int64_t> key) const;
  [[nodiscard]] double get(Key<double> key) const;
  [[nodiscard]] bool get(Key<bool> key) const;
  [[nodiscard]] std::string get(Key<std::string> key) const;

  /// The value, or none when it is absent or null.
  [[nodiscard]] std::optional<std::int64_t> find(Key<std::int64_t> key) const;
  [[nodiscard]] std::optional<double> find(Key<double> key) const;
  [[nodiscard]] std::optional<bool> find(Key<bool> key) const;
  [[nodiscard]] std::optional<std::string> find(Key<std::string> key) const;
  /// A single number counts as a list of one.
  [[nodiscard]] std::optional<std::vector<double>> find(Key<std::vector<double>> key) const;

  /// Lists and objects as they are; nullptr when absent.
  [[nodiscard]] const Json* find(Key<Json> key) const;

  /// Whether the object or value at this path was given.
  [[nodiscard]] bool has(std::string_view path) const;

  [[nodiscard]] const Json& json() const { return spec_; }

 private:
  Json spec_;
};

/// Sets `target` to the value, in the type of the target, where the spec has one.
template <class T>
void read_into(const SpecView& spec, Key<T> key, auto& target) {
  if (const auto value = spec.find(key)) {
    target = static_cast<std::remove_reference_t<decltype(target)>>(*value);
  }
}

}  // namespace athanor::spec
