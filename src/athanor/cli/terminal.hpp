#pragma once

#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/core/secret.hpp"

namespace athanor::cli {

/// Asks for a line on the terminal that the program was started from, without showing it.
/// unavailable where there is none.
[[nodiscard]] Result<Secret<std::string>> ask_secret(std::string_view what);

}  // namespace athanor::cli
