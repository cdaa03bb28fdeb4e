#pragma once

#include "athanor/core/json.hpp"
#include "athanor/core/log.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::jobs {

/// A line about one job in the server's own log.
inline void log_job(log::Level level,
                    const char* message,
                    Uuid id,
                    const Json& fields = Json::object()) {
  Json all = {{"job_id", id.to_string()}};
  all.update(fields);
  log::write(level, "jobs", message, all);
}

}  // namespace athanor::jobs
