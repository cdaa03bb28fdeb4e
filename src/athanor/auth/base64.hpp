#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace athanor::auth {

/// RFC 4648 section 4 with padding; nullopt for anything else.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

/// RFC 4648 section 5 without padding, as tokens and keys use it.
[[nodiscard]] std::string to_base64url(std::string_view bytes);

/// nullopt for any other character, padding or stray bits: every text has one spelling.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace athanor::auth
