#pragma once

#include <string>
#include <utility>

namespace athanor {

/// A value that must not be shown: it has no formatter, no stream operator and no JSON form.
template <class T>
class Secret {
 public:
  Secret() = default;

  explicit Secret(T value) : value_(std::move(value)) {}

  /// The one way to the value; greppable on purpose.
  [[nodiscard]] const T& expose() const { return value_; }

 private:
  T value_;
};

}  // namespace athanor
