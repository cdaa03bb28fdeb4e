#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/http/server.hpp"

namespace athanor::api {

struct ServeOptions {
  std::filesystem::path data_folder;
  std::string listen = "127.0.0.1:8000";
  std::string auth = "none";  ///< "keys", or "none" on loopback alone.
  std::chrono::seconds token_lifetime = limits::token_lifetime;
  std::filesystem::path worker_program;   ///< athanor-worker.
  std::vector<std::string> cors_origins;  ///< Web origins that may read replies; "*" for any.
  int slots = 1;                          ///< Jobs that run at once.
  int threads = 0;                        ///< Compute threads a job; 0: cores shared by the slots.
  log::Level log_level = log::Level::info;
  std::string store_url;  ///< Empty: SQLite in the data folder.
  http::TlsFiles tls;     ///< Both or none.
};

/// Serves until SIGTERM or SIGINT. Returns an exit code of sysexits.h; what went wrong is logged
/// and said on standard error with the mend.
[[nodiscard]] int serve(const ServeOptions& options);

}  // namespace athanor::api
