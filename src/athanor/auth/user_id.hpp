#pragma once

#include <string_view>

#include "athanor/core/uuid.hpp"

namespace athanor::auth {

/// The version-5 UUID (RFC 9562) of a name in the nil namespace: the same on every server, as the
/// original makes user ids of subjects (contract 1.3).
[[nodiscard]] Uuid user_id_of(std::string_view subject);

}  // namespace athanor::auth
