#pragma once

#include <filesystem>

#include "athanor/api/job_events.hpp"
#include "athanor/api/metrics.hpp"
#include "athanor/api/upload_desk.hpp"
#include "athanor/async/blocking_pool.hpp"
#include "athanor/http/seats.hpp"
#include "athanor/jobs/inspections.hpp"
#include "athanor/jobs/supervisor.hpp"
#include "athanor/store/store.hpp"

namespace athanor::api {

/// What handlers work with. All of it outlives every request.
struct Services {
  store::Store& store;
  BlockingPool& pool;
  jobs::Supervisor& supervisor;
  JobEvents& job_events;
  jobs::LogFeeds& log_feeds;
  http::Seats& stream_seats;  ///< For all event streams together.
  Metrics& metrics;
  UploadDesk& uploads;
  jobs::Inspections& inspections;
  std::filesystem::path data_folder;
};

}  // namespace athanor::api
