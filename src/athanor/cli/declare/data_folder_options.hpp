#pragma once

#include <filesystem>
#include <string>

#include "athanor/cli/declare/command_line.hpp"

/// What the commands that work on a data folder, not through a server, have in common.
namespace athanor::cli {

/// --data-dir, with the folder that is usual as default.
void add_data_folder(CLI::App& command, std::filesystem::path& folder);

void add_store_url(CLI::App& command, std::string& url);

}  // namespace athanor::cli
