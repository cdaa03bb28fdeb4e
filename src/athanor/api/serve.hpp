#pragma once

#include "athanor/api/serve_options.hpp"

namespace athanor::api {

/// Serves until SIGTERM or SIGINT. What went wrong is logged, on standard error with the mend, and
/// returned.
[[nodiscard]] Status serve(const ServeOptions& options);

}  // namespace athanor::api
