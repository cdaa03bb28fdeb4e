#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "athanor/async/event.hpp"
#include "athanor/jobs/executor.hpp"
#include "athanor/jobs/failure_report.hpp"
#include "athanor/jobs/result_builder.hpp"
#include "athanor/jobs/status_follower.hpp"
#include "athanor/store/records.hpp"

namespace athanor::jobs {

/// One job that takes a slot: from its move to Running until its worker is really gone.
struct AttendedJob {
  AttendedJob(Uuid job, std::filesystem::path where, const IoExecutor& executor)
      : id(job), directory(std::move(where)), gone(executor) {}

  Uuid id;
  std::filesystem::path directory;
  std::int64_t attempt = 1;
  /// Folders that its worker reads; none while that is not known yet.
  std::optional<std::vector<std::filesystem::path>> inputs;
  std::unique_ptr<RunningWorker> worker;     ///< Null until started or adopted.
  std::unique_ptr<StatusFollower> follower;  ///< Comes with the worker.
  ResultBuilder builder;
  WorkerExit exit;
  bool ended = false;       ///< Its worker is gone, and `exit` says how.
  bool unattended = false;  ///< It went while no server ran.
  bool cancelled = false;   ///< Error in the store already; only its worker is left.
  bool in_haste = false;    ///< Its worker gets no time to stop by itself.
  Event gone;               ///< Its slot is free, or the server stops.
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

/// Ends the log of a job that fails whatever its worker said: Error with `reason`. `former` is its
/// result so far.
[[nodiscard]] Conclusion conclude_failed(const std::filesystem::path& directory,
                                         Json former,
                                         const std::string& reason);

/// Lets a job wait again that a former server claimed and no worker has begun: Pending. `former` is
/// its result so far.
[[nodiscard]] Conclusion conclude_unbegun(const std::filesystem::path& directory, Json former);

}  // namespace athanor::jobs
