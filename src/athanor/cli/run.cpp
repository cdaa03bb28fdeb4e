#include "athanor/cli/run.hpp"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "athanor/cli/backup_commands.hpp"
#include "athanor/cli/cli11_tree.hpp"
#include "athanor/cli/completion.hpp"
#include "athanor/cli/dataset_commands.hpp"
#include "athanor/cli/job_commands.hpp"
#include "athanor/cli/man_page.hpp"
#include "athanor/cli/model_commands.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/cli/serve_command.hpp"
#include "athanor/cli/stream_commands.hpp"
#include "athanor/cli/token_cache.hpp"
#include "athanor/cli/train_command.hpp"
#include "athanor/cli/user_commands.hpp"
#include "athanor/cli/xdg.hpp"
#include "athanor/core/version.hpp"
#include "athanor/jobs/launcher.hpp"

// With cli11_tree.cpp the only file that knows CLI11, which takes seconds to compile: here commands
// get their names and options, elsewhere they are plain functions.
namespace athanor::cli {

namespace {

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

CLI::App* add_group(CLI::App& app, const char* name, const char* description) {
  auto* group = app.add_subcommand(name, description);
  group->require_subcommand(1)->fallthrough();
  return group;
}

void add_details(CLI::App& command, ResourceDetails& details) {
  command.add_option("--name", details.name, "Name to show");
  command.add_option("--description", details.description, "What it is");
  command.add_option("--version", details.version, "Version of your own");
  command.add_option("--logo", details.logo, "URL of a picture");
}

void add_links(CLI::App& command, ModelLinks& links) {
  command.add_option("--train-dataset",
                     links.train_datasets,
                     "Dataset to train on; repeat for several, none clears");
  command.add_option("--eval-dataset", links.eval_dataset, "Dataset to evaluate on");
  command.add_option("--inference-dataset", links.inference_dataset, "Dataset for inference");
  command.add_option(
      "--calibration-dataset", links.calibration_dataset, "Dataset for INT8 calibration");
  command.add_option("--ptm", links.ptm, "Pretrained model to start from");
}

void add_id(CLI::App& command, std::string& id, const char* what) {
  command.add_option("ID", id, what)->required();
}

void add_owner(CLI::App& command, JobOwner& owner) {
  auto* model = command.add_option("--model", owner.model, "The job is this model's");
  command.add_option("--dataset", owner.dataset, "The job is this dataset's")->excludes(model);
}

template <class Options>
void add_spec(CLI::App& command, const std::string& owner, Options& options) {
  options.owner = owner;
  add_id(command, options.id, owner == "model" ? "Model" : "Dataset");
  command.add_option("ACTION", options.action, "train, evaluate, convert, ...")->required();
}

/// What models and datasets both have: parameters of actions.
void add_spec_commands(CLI::App& resource, CommandLine& line, const std::string& owner) {
  client_command<SchemaOptions>(
      resource,
      line,
      "schema",
      "Print the schema of an action's parameters",
      [owner](CLI::App& command, SchemaOptions& options) {
        add_spec(command, owner, options);
        command.add_flag("--default", options.only_default, "Print the default spec alone");
      },
      spec_schema);
  auto& group = *add_group(resource, "spec", "Parameters of an action");
  client_command<SpecGetOptions>(
      group,
      line,
      "get",
      "Print the saved spec",
      [owner](CLI::App& command, SpecGetOptions& options) { add_spec(command, owner, options); },
      spec_get);
  client_command<SpecSetOptions>(
      group,
      line,
      "set",
      "Save a spec from a file, or change parameters of the saved one",
      [owner](CLI::App& command, SpecSetOptions& options) {
        add_spec(command, owner, options);
        command.add_option("--file", options.file, "JSON file to start from");
        command.add_option(
            "KEY=VALUE", options.assignments, "Parameters, such as train_config.n_epochs=5");
      },
      spec_set);
}

void add_dataset_commands(CLI::App& app, CommandLine& line) {
  auto& group = *add_group(app, "dataset", "Collections of pictures, labels or recordings");
  client_command<DatasetCreateOptions>(
      group,
      line,
      "create",
      "Make a dataset; prints its id",
      [](CLI::App& command, DatasetCreateOptions& options) {
        command.add_option("--type", options.type, "Dataset type")->capture_default_str();
        command.add_option("--format", options.format, "Format of its archive")
            ->capture_default_str();
        add_details(command, options.details);
      },
      dataset_create);
  client_command<DatasetListOptions>(
      group,
      line,
      "list",
      "List datasets",
      [](CLI::App& command, DatasetListOptions& options) {
        command.add_option("--name", options.name, "Only those of this name");
        command.add_option("--type", options.type, "Only those of this type");
      },
      dataset_list);
  const auto bind_id = [](CLI::App& command, std::string& id) { add_id(command, id, "Dataset"); };
  client_command<std::string>(group, line, "show", "Show a dataset", bind_id, dataset_show);
  client_command<DatasetUpdateOptions>(
      group,
      line,
      "update",
      "Change what describes a dataset",
      [](CLI::App& command, DatasetUpdateOptions& options) {
        add_id(command, options.id, "Dataset");
        add_details(command, options.details);
      },
      dataset_update);
  client_command<DatasetUploadOptions>(
      group,
      line,
      "upload",
      "Send an archive, or a folder that is packed on the way",
      [](CLI::App& command, DatasetUploadOptions& options) {
        add_id(command, options.id, "Dataset");
        command.add_option("SOURCE", options.source, "Archive or folder")->required();
        command.add_option(
            "--split", options.split, "train, val or test: SOURCE holds one folder per class");
      },
      dataset_upload);
  client_command<std::string>(group,
                              line,
                              "report",
                              "What a dataset's files hold, and which of them have faults",
                              bind_id,
                              dataset_report);
  client_command<std::string>(group, line, "delete", "Delete a dataset", bind_id, dataset_delete);
  add_spec_commands(group, line, "dataset");
}

void add_model_commands(CLI::App& app, CommandLine& line) {
  auto& group = *add_group(app, "model", "Networks with their datasets, specs and jobs");
  client_command<ModelCreateOptions>(
      group,
      line,
      "create",
      "Make a model; prints its id",
      [](CLI::App& command, ModelCreateOptions& options) {
        command.add_option("--network", options.network, "Network, such as classification")
            ->required();
        add_details(command, options.details);
        add_links(command, options.links);
      },
      model_create);
  client_command<ModelListOptions>(
      group,
      line,
      "list",
      "List models",
      [](CLI::App& command, ModelListOptions& options) {
        command.add_option("--name", options.name, "Only those of this name");
        command.add_option("--network", options.network, "Only those of this network");
      },
      model_list);
  const auto bind_id = [](CLI::App& command, std::string& id) { add_id(command, id, "Model"); };
  client_command<std::string>(group, line, "show", "Show a model", bind_id, model_show);
  client_command<ModelUpdateOptions>(
      group,
      line,
      "update",
      "Change what describes a model, or its datasets",
      [](CLI::App& command, ModelUpdateOptions& options) {
        add_id(command, options.id, "Model");
        add_details(command, options.details);
        add_links(command, options.links);
      },
      model_update);
  client_command<std::string>(group, line, "delete", "Delete a model", bind_id, model_delete);
  add_spec_commands(group, line, "model");
}

void add_job_commands(CLI::App& app, CommandLine& line) {
  auto& group = *add_group(app, "job", "Runs of actions on models and datasets");
  client_command<JobRunOptions>(
      group,
      line,
      "run",
      "Queue actions; prints the ids of their jobs",
      [](CLI::App& command, JobRunOptions& options) {
        add_owner(command, options.owner);
        command.add_option("--parent", options.parent, "Job whose result the first one takes");
        command.add_flag("--watch", options.watch, "Follow the jobs to their end");
        command.add_option("ACTION", options.actions, "train, evaluate, export, ...")->required();
      },
      job_run);
  client_command<JobOwner>(group, line, "list", "List jobs", add_owner, job_list);
  const auto bind = [](CLI::App& command, JobOptions& options) {
    add_owner(command, options.owner);
    add_id(command, options.id, "Job");
  };
  client_command<JobOptions>(group, line, "show", "Show a job and its results", bind, job_show);
  client_command<JobOptions>(group, line, "watch", "Follow a job to its end", bind, job_watch);
  client_command<JobOptions>(group, line, "cancel", "Stop a job", bind, job_cancel);
  client_command<JobOptions>(group,
                             line,
                             "resume",
                             "Go on with a training that was cancelled or failed",
                             bind,
                             job_resume);
  client_command<JobOptions>(
      group, line, "delete", "Delete an ended job and its files", bind, job_delete);
  client_command<JobOptions>(
      group, line, "explain", "Say why a job is pending, failed or slow", bind, job_explain);
  client_command<JobLogsOptions>(
      group,
      line,
      "logs",
      "Print a job's log",
      [](CLI::App& command, JobLogsOptions& options) {
        add_owner(command, options.owner);
        add_id(command, options.id, "Job");
        command.add_flag("-f,--follow", options.follow, "Go on as the log grows, to its end");
        command.add_option("--tail", options.tail, "Only this many last lines");
      },
      job_logs);
  client_command<JobEventsOptions>(
      group,
      line,
      "events",
      "Print changes of a job to its end, or of all jobs as long as wanted",
      [](CLI::App& command, JobEventsOptions& options) {
        add_owner(command, options.owner);
        command.add_option("ID", options.id, "Job; without it, all jobs");
      },
      job_events);
  client_command<JobArtifactsOptions>(
      group,
      line,
      "artifacts",
      "List the files that a job made, or save one",
      [](CLI::App& command, JobArtifactsOptions& options) {
        add_owner(command, options.owner);
        add_id(command, options.id, "Job");
        command.add_option("NAME", options.name, "File to save, as the list names it");
        command.add_option("-o,--output", options.output, "File to save it to");
      },
      job_artifacts);
  client_command<JobDownloadOptions>(
      group,
      line,
      "download",
      "Save a job's files as tar.gz",
      [](CLI::App& command, JobDownloadOptions& options) {
        add_owner(command, options.owner);
        add_id(command, options.id, "Job");
        command.add_option("-o,--output", options.output, "File or folder to save to");
      },
      job_download);
}

void add_train_command(CLI::App& app, CommandLine& line) {
  client_command<TrainOptions>(
      app,
      line,
      "train",
      "Folders of pictures in, trained and exported network out",
      [](CLI::App& command, TrainOptions& options) {
        command.add_option("--network", options.network, "Network")->capture_default_str();
        command.add_option("--train", options.train, "Folder with one folder per class")
            ->required();
        command.add_option("--eval", options.eval, "The same, for validation")->required();
        command.add_option("--test", options.test, "Pictures for inference");
        command.add_option("--spec", options.spec, "JSON file with parameters");
        command.add_option("--set", options.assignments, "Parameter as KEY=VALUE; repeatable");
        command.add_option("--name", options.name, "Name of model and datasets");
        command.add_option("-o,--output", options.output, "Folder to download the results to");
      },
      train);
}

void add_data_folder(CLI::App& command, std::filesystem::path& folder) {
  folder = data_home();
  command.add_option("--data-dir", folder, "Folder of the server")
      ->capture_default_str()
      ->required(folder.empty());
}

void add_store_url(CLI::App& command, std::string& url) {
  command
      .add_option(
          "--store-url",
          url,
          "Database, such as postgresql://user@host/name; SQLite in the data folder if none. "
          "Passwords belong into the variable or ~/.pgpass, not into arguments")
      ->envname("ATHANOR_STORE_URL");
}

/// Declares a command on the data folder and the database, with no server in between.
void user_command(CLI::App& group,
                  CommandLine& line,
                  const char* name,
                  const char* description,
                  const char* argument,
                  Result<ExitCode> (*run)(const UserCommandOptions&)) {
  auto options = std::make_shared<UserCommandOptions>();
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
}

void add_user_commands(CLI::App& app, CommandLine& line) {
  auto& group = *add_group(app, "user", "Who may log in; works while the server runs");
  user_command(group, line, "add", "Add a user; prints an API key, once", "NAME", user_add);
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

void add_serve_command(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<ServeCommandOptions>();
  auto* command = app.add_subcommand("serve", "Run the server in the foreground");
  add_data_folder(*command, options->data_folder);
  command->add_option("--listen", options->listen, "HOST:PORT; port 0 takes any free one")
      ->capture_default_str();
  add_store_url(*command, options->store_url);
  command->add_option("--tls-certificate", options->tls_certificate, "Speak TLS alone (PEM)");
  command->add_option("--tls-key", options->tls_key, "Private key of the certificate (PEM)");
  command->add_option("--auth", options->auth, "Who may use it: keys, or none (loopback only)")
      ->required()
      ->check(CLI::IsMember({"keys", "none"}));
  command->add_option("--token-hours", options->token_hours, "How long a login lasts")
      ->check(CLI::Range(1, 24 * 365))
      ->capture_default_str();
  command->add_option("--log-level", options->log_level, "Least level of the lines in its log")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  command->add_option("--cors-origin",
                      options->cors_origins,
                      "Web origin whose scripts may read replies, or * for any");
  command->add_option("--slots", options->slots, "Jobs that run at once")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      ->add_option("--threads",
                   options->threads,
                   "Compute threads per job; 0 shares the processors among the slots")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->callback([&line, options] { line.command = [options] { return serve(*options); }; });
}

void add_backup_commands(CLI::App& app, CommandLine& line) {
  auto backed_up = std::make_shared<BackupOptions>();
  auto* back_up = app.add_subcommand(
      "backup", "Save all that a server keeps in a tar.zst, while it runs or not");
  add_data_folder(*back_up, backed_up->data_folder);
  back_up->add_option("FILE", backed_up->file, "File to make")->required();
  back_up->callback(
      [&line, backed_up] { line.command = [backed_up] { return backup(*backed_up); }; });

  auto restored = std::make_shared<RestoreOptions>();
  auto* command =
      app.add_subcommand("restore", "Bring back what was saved; no server may run there");
  add_data_folder(*command, restored->data_folder);
  command->add_option("FILE", restored->file, "File that backup made")->required();
  command->add_flag(
      "--force", restored->force, "Replace a folder that holds something; it is kept beside");
  command->callback(
      [&line, restored] { line.command = [restored] { return restore(*restored); }; });
}

/// What is made of the command line itself.
void add_self_descriptions(CLI::App& app, CommandLine& line) {
  auto shell = std::make_shared<std::string>();
  auto* completion = app.add_subcommand("completion", "Print completions for a shell");
  completion->add_option("SHELL", *shell, "Shell to print them for")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&app, &line, shell] {
    line.command = [&app, shell]() -> Result<ExitCode> {
      ATHANOR_TRY(const auto script, completion_script(describe(app), *shell));
      print_text(script);
      return ExitCode::ok;
    };
  });
  auto* manual = app.add_subcommand("manual", "Print the manual page, as roff");
  manual->callback([&app, &line] {
    line.command = [&app]() -> Result<ExitCode> {
      print_text(man_page(describe(app)));
      return ExitCode::ok;
    };
  });
}

std::string exit_code_table() {
  std::string text = "Exit codes:\n";
  for (const auto& [code, meaning] : exit_code_meanings()) {
    text += fmt::format("  {:>2}  {}\n", static_cast<int>(code), meaning);
  }
  return text;
}

void add_common_options(CLI::App& app, CommandLine& line) {
  app.set_version_flag("--version", "athanor " + std::string(version_text()));
  app.add_option("--config", line.config_file, "INI file with defaults for options")
      ->envname("ATHANOR_CONFIG")
      ->default_str((config_home() / "config.ini").string());
  app.add_option("--url", line.connection.url, "Address of the server")
      ->envname("ATHANOR_URL")
      ->capture_default_str();
  app.add_option("--user", line.connection.user, "User id; an API key knows its own")
      ->envname("ATHANOR_USER");
  app.add_option("--api-key-file",
                 line.api_key_file,
                 "File with the API key, unless it is in the variable ATHANOR_API_KEY")
      ->envname("ATHANOR_API_KEY_FILE");
  app.add_option(
         "--ca-certificate", line.connection.ca_certificate, "Whom to trust for https (PEM)")
      ->envname("ATHANOR_CA_CERTIFICATE");
  app.add_flag("--json", line.json, "Print the server's JSON");
}

int report(const Error& error) {
  print_note("athanor: " + error.message);
  return static_cast<int>(exit_code_of(error.code));
}

/// The file that "--config FILE" names, else $ATHANOR_CONFIG; known before anything is parsed,
/// because the parser takes its defaults from there.
std::optional<std::string> named_config_file(int argc, const char* const* argv) {
  constexpr std::string_view option = "--config";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == option && i + 1 < argc) {
      return argv[i + 1];
    }
    if (argument.starts_with(option) && argument.substr(option.size()).starts_with('=')) {
      return std::string(argument.substr(option.size() + 1));
    }
  }
  const char* named = std::getenv("ATHANOR_CONFIG");  // NOLINT(concurrency-mt-unsafe)
  return named != nullptr ? std::optional<std::string>(named) : std::nullopt;
}

Status read_config(CLI::App& app, int argc, const char* const* argv) {
  if (const auto named = named_config_file(argc, argv)) {
    return apply_config_file(app, *named);
  }
  const auto folder = config_home();
  std::error_code unknown;
  const bool exists = !folder.empty() && std::filesystem::exists(folder / "config.ini", unknown);
  return exists ? apply_config_file(app, folder / "config.ini") : Status();
}

int run_parsed(CLI::App& app, CommandLine& line, int argc, const char* const* argv) {
  if (const auto read = read_config(app, argc, argv); !read) {
    return report(read.error());
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with code 0 to CLI11.
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  const auto outcome = line.command();
  return outcome ? static_cast<int>(*outcome) : report(outcome.error());
}

}  // namespace

int run(int argc, const char* const* argv) {
  if (argc > 1 && std::string_view(argv[1]) == jobs::launch_command) {
    return jobs::launch_worker({argv + 2, argv + argc});
  }
  try {
    CLI::App app("Athanor trains, evaluates and exports vision networks through a REST API.",
                 "athanor");
    CommandLine line;
    app.require_subcommand(1)->fallthrough();
    app.footer(exit_code_table());
    add_common_options(app, line);
    add_serve_command(app, line);
    add_user_commands(app, line);
    add_train_command(app, line);
    add_dataset_commands(app, line);
    add_model_commands(app, line);
    add_job_commands(app, line);
    add_backup_commands(app, line);
    add_self_descriptions(app, line);
    return run_parsed(app, line, argc, argv);
  } catch (const std::exception& error) {
    return report({ErrorCode::internal, fmt::format("internal error: {}", error.what())});
  }
}

}  // namespace athanor::cli
