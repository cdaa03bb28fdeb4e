#pragma once

#include <filesystem>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::cli {

/// The path of a program that lies beside this one, wherever both were put; it may be missing.
[[nodiscard]] Result<std::filesystem::path> sibling_program(std::string_view name);

}  // namespace athanor::cli
