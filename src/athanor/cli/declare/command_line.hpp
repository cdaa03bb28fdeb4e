#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "athanor/cli/client.hpp"
#include "athanor/cli/context.hpp"
#include "athanor/cli/exit_code.hpp"
#include "athanor/cli/token_cache.hpp"

/// How commands get their names and options. The files of this folder, run.cpp and cli11_tree.cpp
/// are the only ones that know CLI11, which takes seconds to compile: elsewhere commands are plain
/// functions.
namespace athanor::cli {

/// What all client commands share, and the command that was chosen.
struct CommandLine {
  Connection connection;
  std::string config_file;
  std::filesystem::path api_key_file;
  bool json = false;
  std::function<Result<ExitCode>()> command;
};

/// Declares a command on the server: `bind` adds its options, `run` is called with them.
template <class Options>
void client_command(CLI::App& group,
                    CommandLine& line,
                    const char* name,
                    const char* description,
                    const std::function<void(CLI::App&, Options&)>& bind,
                    Result<ExitCode> (*run)(Context&, const Options&)) {
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand(name, description);
  bind(*command, *options);
  command->callback([&line, options, run] {
    line.command = [&line, options, run]() -> Result<ExitCode> {
      ATHANOR_TRY(line.connection.api_key, read_api_key(line.api_key_file));
      Context context{Client(line.connection), line.json};
      return run(context, *options);
    };
  });
}

/// A command that only groups others.
[[nodiscard]] inline CLI::App& add_group(CLI::App& app, const char* name, const char* description) {
  auto* group = app.add_subcommand(name, description);
  group->require_subcommand(1)->fallthrough();
  return *group;
}

inline void add_id(CLI::App& command, std::string& id, const char* what) {
  command.add_option("ID", id, what)->required();
}

// The commands, in the order in which --help lists them.
void add_serve_command(CLI::App& app, CommandLine& line);
void add_user_commands(CLI::App& app, CommandLine& line);
void add_train_command(CLI::App& app, CommandLine& line);
void add_dataset_commands(CLI::App& app, CommandLine& line);
void add_model_commands(CLI::App& app, CommandLine& line);
void add_pretrained_commands(CLI::App& app, CommandLine& line);
void add_job_commands(CLI::App& app, CommandLine& line);
void add_predict_command(CLI::App& app, CommandLine& line);
void add_backup_commands(CLI::App& app, CommandLine& line);
/// What is made of the command line itself: completions and the manual.
void add_self_descriptions(CLI::App& app, CommandLine& line);

}  // namespace athanor::cli
