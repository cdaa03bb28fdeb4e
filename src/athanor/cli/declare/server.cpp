#include "athanor/cli/backup_commands.hpp"
#include "athanor/cli/declare/data_folder_options.hpp"
#include "athanor/cli/serve_command.hpp"

namespace athanor::cli {

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
  command->add_option("--trusted-proxy",
                      options->trusted_proxies,
                      "Address or network of a reverse proxy whose X-Forwarded-For names the "
                      "client; repeatable");
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
      "backup", "Save all that a server with SQLite keeps in a tar.zst, while it runs or not");
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

}  // namespace athanor::cli
