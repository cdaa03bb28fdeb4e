#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::api {

/// What a body says of a link: nothing, "clear it" (null, "", []), or ids.
struct LinkChange {
  bool given = false;
  std::vector<Uuid> ids;  ///< Empty with `given`: clear.
};

/// Strictly typed reading of a JSON object from outside. Errors name the field, what it must be
/// and what it was. Unknown keys are ignored: GUI clients send extra ones. Null is "not given".
class BodyFields {
 public:
  /// The body must be an object.
  [[nodiscard]] static Result<BodyFields> of(const Json& body);

  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view name) const;
  [[nodiscard]] Result<std::optional<bool>> boolean(std::string_view name) const;
  [[nodiscard]] Result<std::optional<std::int64_t>> positive_integer(std::string_view name) const;

  /// An absolute URL: scheme and host.
  [[nodiscard]] Result<std::optional<std::string>> url(std::string_view name) const;

  /// One id, as text or as a list of at most one.
  [[nodiscard]] Result<LinkChange> link(std::string_view name) const;

  /// A list of ids, or a bare one.
  [[nodiscard]] Result<LinkChange> links(std::string_view name) const;

 private:
  explicit BodyFields(const Json& body) : body_(&body) {}

  [[nodiscard]] const Json* find(std::string_view name) const;

  const Json* body_;
};

}  // namespace athanor::api
