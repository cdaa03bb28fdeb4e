#pragma once

#include "athanor/api/call.hpp"

namespace athanor::api {

/// Operation 1.7: socket → multipart → archive reader → staging → layout checks → swap. Memory
/// stays flat and no copy of the archive touches the disk; a failure leaves the former data.
[[nodiscard]] Awaitable<Result<http::Response>> upload_dataset(Services& services, Call call);

}  // namespace athanor::api
