#pragma once

#include <cstdint>
#include <memory>

#include "athanor/api/services.hpp"
#include "athanor/http/message.hpp"

namespace athanor::api {

/// The log of a job that came to its end without one: what its record says, and the line EOF.
[[nodiscard]] std::string log_in_place_of_none(const store::JobRecord& job);

/// An event stream of a log's lines from `offset` on: the id of each is the offset behind it. It
/// waits for a log that is not there yet and ends behind the last line EOF. Lines over
/// limits::log_event_bytes come as events "part" and a last one without type. Each client reads
/// the file at its own pace, so nothing is queued for slow ones.
[[nodiscard]] http::Response log_stream(Services& services,
                                        Uuid job,
                                        std::shared_ptr<jobs::LogFeed> feed,
                                        std::uint64_t offset,
                                        std::shared_ptr<void> seat);

}  // namespace athanor::api
