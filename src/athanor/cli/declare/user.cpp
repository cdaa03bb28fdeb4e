#include "athanor/cli/declare/data_folder_options.hpp"
#include "athanor/cli/user_commands.hpp"

namespace athanor::cli {

namespace {

/// Declares a command on the data folder and the database, with no server in between.
CLI::App* user_command(
    CLI::App& group,
    CommandLine& line,
    const char* name,
    const char* description,
    const char* argument,
    Result<ExitCode> (*run)(const UserCommandOptions&),
    const std::shared_ptr<UserCommandOptions>& options = std::make_shared<UserCommandOptions>()) {
  auto* command = group.add_subcommand(name, description);
  add_data_folder(*command, options->data_folder);
  add_store_url(*command, options->store_url);
  if (argument != nullptr) {
    command->add_option(argument, options->subject)->required();
  }
  command->callback([&line, options, run] {
    line.command = [&line, options, run] {
      options->json = line.json;
      return run(*options);
    };
  });
  return command;
}

}  // namespace

void add_user_commands(CLI::App& app, CommandLine& line) {
  auto& group = add_group(app, "user", "Who may log in; works while the server runs");
  const auto added = std::make_shared<UserCommandOptions>();
  user_command(group, line, "add", "Add a user; prints an API key, once", "NAME", user_add, added)
      ->add_flag("--admin", added->is_admin, "May change what all users share");
  const auto changed = std::make_shared<UserCommandOptions>();
  changed->is_admin = true;
  user_command(group, line, "admin", "Make a user an administrator", "NAME", user_admin, changed)
      ->add_flag("!--revoke", changed->is_admin, "No longer one");
  user_command(group, line, "list", "List users and the ids of their keys", nullptr, user_list);
  user_command(group,
               line,
               "remove",
               "Remove a user with all keys; what the user made stays",
               "NAME",
               user_remove);
  user_command(group,
               line,
               "new-key",
               "Give a user one more API key; prints it, once",
               "NAME",
               user_new_key);
  user_command(group, line, "revoke-key", "Remove one API key", "KEY_ID", user_revoke_key);
}

}  // namespace athanor::cli
