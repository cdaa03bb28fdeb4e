#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "athanor/auth/authority.hpp"
#include "athanor/auth/client_address.hpp"
#include "athanor/core/error.hpp"
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
  /// Addresses and networks of reverse proxies that say whom they ask for.
  std::vector<std::string> trusted_proxies;
};

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

/// "127.0.0.1:8000", "[::1]:8000" or "localhost:0".
[[nodiscard]] Result<Endpoint> parse_endpoint(const std::string& listen);

/// Whether only the machine itself reaches the address.
[[nodiscard]] bool is_loopback(const std::string& address);

/// What options mean once they are checked.
struct Settings {
  ServeOptions options;
  Endpoint endpoint;
  auth::Mode mode = auth::Mode::keys;
  int threads_per_job = 1;
  auth::TrustedProxies proxies;
};

/// Errors name the option and the mend.
[[nodiscard]] Result<Settings> check_options(ServeOptions options);

}  // namespace athanor::api
