#include "athanor/cli/serve_command.hpp"

#include <fmt/format.h>

#include "athanor/api/serve.hpp"

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

/// athanor-worker lies beside this program, wherever both were put.
Result<fs::path> find_worker() {
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    return fail(ErrorCode::io, fmt::format("cannot read /proc/self/exe: {}", error.message()));
  }
  return self.parent_path() / "athanor-worker";
}

}  // namespace

Result<ExitCode> serve(const ServeCommandOptions& options) {
  api::ServeOptions server;
  ATHANOR_TRY(server.worker_program, find_worker());
  server.data_folder = options.data_folder;
  server.listen = options.listen;
  server.auth = options.auth;
  const auto level = log::parse_level(options.log_level);
  if (!level) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("--log-level {} is not known: use debug, info, warning or error",
                            options.log_level));
  }
  server.log_level = *level;
  server.cors_origins = options.cors_origins;
  server.token_lifetime = std::chrono::hours(options.token_hours);
  server.store_url = options.store_url;
  server.tls = {.certificate = options.tls_certificate, .key = options.tls_key};
  server.trusted_proxies = options.trusted_proxies;
  server.slots = options.slots;
  server.threads = options.threads;
  return static_cast<ExitCode>(api::serve(server));
}

}  // namespace athanor::cli
