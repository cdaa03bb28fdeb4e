#include "athanor/cli/serve_command.hpp"

#include <fmt/format.h>

#include "athanor/api/serve.hpp"
#include "athanor/cli/sibling_program.hpp"

namespace athanor::cli {

Result<ExitCode> serve(const ServeCommandOptions& options) {
  api::ServeOptions server;
  ATHANOR_TRY(server.worker_program, sibling_program("athanor-worker"));
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
  const auto served = api::serve(server);  // The log has the error.
  if (served) {
    return ExitCode::ok;
  }
  const bool is_about_options = served.error().code == ErrorCode::invalid_argument;
  return is_about_options ? ExitCode::usage : exit_code_of(served.error().code);
}

}  // namespace athanor::cli
