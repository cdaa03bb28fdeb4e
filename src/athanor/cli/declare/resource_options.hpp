#pragma once

#include <string>

#include "athanor/cli/declare/command_line.hpp"
#include "athanor/cli/resource_details.hpp"

/// What the commands on datasets and on models have in common.
namespace athanor::cli {

/// --name, --description, --version and --logo.
void add_details(CLI::App& command, ResourceDetails& details);

/// The commands for parameters of actions; `owner` is "model" or "dataset".
void add_spec_commands(CLI::App& resource, CommandLine& line, const std::string& owner);

}  // namespace athanor::cli
