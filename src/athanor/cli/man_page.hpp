#pragma once

#include <string>

#include "athanor/cli/command_tree.hpp"

namespace athanor::cli {

/// athanor(1) as man(7) source: every command with its options, the environment, the files and
/// the exit codes.
[[nodiscard]] std::string man_page(const CommandInfo& program);

}  // namespace athanor::cli
