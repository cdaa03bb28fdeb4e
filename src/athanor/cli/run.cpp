#include "athanor/cli/run.hpp"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "athanor/cli/cli11_tree.hpp"
#include "athanor/cli/declare/command_line.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/cli/xdg.hpp"
#include "athanor/core/version.hpp"
#include "athanor/jobs/launcher.hpp"

namespace athanor::cli {

namespace {

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
    add_pretrained_commands(app, line);
    add_job_commands(app, line);
    add_predict_command(app, line);
    add_backup_commands(app, line);
    add_self_descriptions(app, line);
    return run_parsed(app, line, argc, argv);
  } catch (const std::exception& error) {
    return report({ErrorCode::internal, fmt::format("internal error: {}", error.what())});
  }
}

}  // namespace athanor::cli
