#pragma once

#include <string>

namespace athanor::auth {

/// A path as logs may show it, its secrets masked: whatever follows a segment "login", and API keys
/// and tokens that ended up in a path by mistake.
[[nodiscard]] std::string loggable_path(const std::string& path);

}  // namespace athanor::auth
