#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "athanor/jobs/executor.hpp"
#include "athanor/jobs/failure_report.hpp"
#include "athanor/jobs/result_builder.hpp"
#include "athanor/jobs/status_follower.hpp"
#include "athanor/store/records.hpp"

namespace athanor::jobs {

/// One job that takes a slot: from its move to Running until its worker is really gone.
struct AttendedJob {
  Uuid id;
  std::filesystem::path directory;
  std::unique_ptr<RunningWorker> worker;     ///< Null until started or adopted.
  std::unique_ptr<StatusFollower> follower;  ///< Comes with the worker.
  ResultBuilder builder;
  WorkerExit exit;
  bool ended = false;       ///< Its worker is gone, and `exit` says how.
  bool unattended = false;  ///< It went while no server ran.
  bool cancelled = false;   ///< Error in the store already; only its worker is left.
  std::uint64_t memory_kills_before = out_of_memory_kills();
};

/// How a job ends.
struct Conclusion {
  store::JobState state = store::JobState::error;
  Json result;
};

/// Reads what a worker that is gone has left, ends its log and judges: Done if its last status is
/// SUCCESS and its exit, where known, is 0. Blocks.
[[nodiscard]] Conclusion conclude(AttendedJob& job);

/// Ends the log of a job that fails whatever its worker said: Error with `reason`.
[[nodiscard]] Conclusion conclude_failed(const std::filesystem::path& directory,
                                         const std::string& reason);

}  // namespace athanor::jobs
