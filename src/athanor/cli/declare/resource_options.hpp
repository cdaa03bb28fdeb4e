#pragma once

#include <string>

#include "athanor/cli/declare/command_line.hpp"
#include "athanor/cli/list_paging.hpp"
#include "athanor/cli/resource_details.hpp"

/// What the commands on datasets and on models have in common.
namespace athanor::cli {

/// --name, --description, --version and --logo.
void add_details(CLI::App& command, ResourceDetails& details);

/// --sort, --skip and --size of a list that the server sorts by date, and with `has_names` by name.
void add_paging(CLI::App& command, ListPaging& paging, bool has_names);

/// The commands for parameters of actions; `owner` is "model" or "dataset".
void add_spec_commands(CLI::App& resource, CommandLine& line, const std::string& owner);

}  // namespace athanor::cli
