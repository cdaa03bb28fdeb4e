#pragma once

#include <filesystem>

#include "athanor/api/job_events.hpp"
#include "athanor/api/metrics.hpp"
#include "athanor/api/upload_desk.hpp"
#include "athanor/async/blocking_pool.hpp"
#include "athanor/auth/authority.hpp"
#include "athanor/auth/client_address.hpp"
#include "athanor/http/seats.hpp"
#include "athanor/jobs/inspections.hpp"
#include "athanor/jobs/supervisor.hpp"
#include "athanor/jobs/weights_import.hpp"
#include "athanor/store/store.hpp"

namespace athanor::api {

/// What handlers work with. All of it outlives every request.
struct Services {
  store::Store& store;
  BlockingPool& pool;
  BlockingPool& writing_pool;  ///< For what waits for commits, so that reads never do.
  jobs::Supervisor& supervisor;
  auth::Authority& authority;
  UploadDesk& uploads;
  jobs::Inspections& inspections;
  jobs::WeightsImport& imports;
  JobEvents& job_events;
  jobs::LogFeeds& log_feeds;
  http::Seats& stream_seats;  ///< For all event streams together.
  Metrics& metrics;
  std::filesystem::path data_folder;
  auth::TrustedProxies proxies;
};

}  // namespace athanor::api
