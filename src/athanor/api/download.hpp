#pragma once

#include "athanor/api/services.hpp"
#include "athanor/http/message.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// A job's artifacts, status log, log and spec as <job id>.tar.gz, packed while it is sent, all
/// below <job id>/ (contract 6.6). not_found when the job has made nothing.
[[nodiscard]] Result<http::Response> download_reply(Services& services,
                                                    const store::JobRecord& job);

}  // namespace athanor::api
