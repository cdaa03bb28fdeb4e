#pragma once

#include <filesystem>

#include <CLI/App.hpp>

#include "athanor/cli/command_tree.hpp"
#include "athanor/core/error.hpp"

namespace athanor::cli {

/// The commands and options of a CLI11 tree as data; hidden ones (group "") are left out.
[[nodiscard]] CommandInfo describe(const CLI::App& app);

/// Makes the values of an INI file the defaults of the tree's options, before it parses: what the
/// command line or an option's environment variable says goes over them. Sections are commands
/// ("[serve]", "[dataset.create]"). Errors name the file and what in it has no meaning.
[[nodiscard]] Status apply_config_file(CLI::App& app, const std::filesystem::path& file);

}  // namespace athanor::cli
