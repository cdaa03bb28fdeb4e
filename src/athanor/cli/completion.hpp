#pragma once

#include <string>

#include "athanor/cli/command_tree.hpp"
#include "athanor/core/error.hpp"

namespace athanor::cli {

/// The shells for which completions are made.
inline constexpr const char* completion_shells[] = {"bash", "zsh", "fish"};

/// A script for `shell` that completes commands, options and their choices. Errors:
/// invalid_argument for another shell.
[[nodiscard]] Result<std::string> completion_script(const CommandInfo& program,
                                                    const std::string& shell);

}  // namespace athanor::cli
