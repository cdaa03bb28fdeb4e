#pragma once

#include "athanor/api/serve_options.hpp"

namespace athanor::api {

/// Serves until SIGTERM or SIGINT. Returns an exit code of sysexits.h; what went wrong is logged
/// and said on standard error with the mend.
[[nodiscard]] int serve(const ServeOptions& options);

}  // namespace athanor::api
