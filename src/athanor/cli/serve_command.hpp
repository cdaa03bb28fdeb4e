#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "athanor/cli/exit_code.hpp"

namespace athanor::cli {

struct ServeCommandOptions {
  std::filesystem::path data_folder;
  std::string listen = "127.0.0.1:8000";
  std::string auth;
  std::string log_level = "info";
  std::vector<std::string> cors_origins;  ///< Web origins that may read replies; "*" for any.
  int token_hours = 24;
  std::string store_url;
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::vector<std::string> trusted_proxies;  ///< Whose X-Forwarded-For is believed.
  int slots = 1;
  int threads = 0;  ///< Compute threads of each job; 0 shares the processors among the slots.
};

/// Runs the server in the foreground until SIGTERM or SIGINT.
[[nodiscard]] Result<ExitCode> serve(const ServeCommandOptions& options);

}  // namespace athanor::cli
