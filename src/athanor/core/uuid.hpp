#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace athanor {

/// A UUID of any version. Text form is always lower-case and hyphenated.
class Uuid {
 public:
  /// The nil UUID, owner of public pretrained models.
  constexpr Uuid() = default;

  /// A random version-4 UUID from the system's secure generator.
  [[nodiscard]] static Uuid random();

  /// Accepts any version and case, with or without hyphens, braces or "urn:uuid:".
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);

  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace athanor

template <>
struct std::hash<athanor::Uuid> {
  std::size_t operator()(const athanor::Uuid& id) const {
    return std::hash<std::string>{}(id.to_string());
  }
};
