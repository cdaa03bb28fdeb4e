#pragma once

#include <filesystem>

#include "athanor/async/blocking_pool.hpp"
#include "athanor/jobs/supervisor.hpp"
#include "athanor/store/store.hpp"

namespace athanor::api {

/// What handlers work with. All of it outlives every request.
struct Services {
  store::Store& store;
  BlockingPool& pool;
  jobs::Supervisor& supervisor;
  std::filesystem::path data_folder;
};

}  // namespace athanor::api
