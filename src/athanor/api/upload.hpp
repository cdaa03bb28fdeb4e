#pragma once

#include "athanor/api/call.hpp"

namespace athanor::api {

/// Operation 1.7: socket → multipart → archive reader → staging → layout checks → swap. Memory
/// stays flat and no copy of the archive touches the disk; a failure leaves the former data.
[[nodiscard]] Awaitable<Result<http::Response>> upload_dataset(Services& services, Call call);

/// Removes a deleted dataset's files; failures are logged.
void remove_dataset_files(Services& services, Uuid dataset);

}  // namespace athanor::api
