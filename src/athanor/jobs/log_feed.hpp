#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <unordered_map>

#include "athanor/async/bell.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/guarded.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::jobs {

/// Tells those who follow one job's log that there may be more to read. All of them share it: one
/// file watch, however many they are.
struct LogFeed {
  std::filesystem::path directory;  ///< The job's.
  Bell bell;                        ///< Rings when the log has grown, or one of these changes:
  std::atomic<bool> job_ended = false;
  std::atomic<bool> closed = false;  ///< The server stops.
};

/// The feeds of all logs that are followed. Thread-safe.
class LogFeeds {
 public:
  /// `io` waits for file events.
  LogFeeds(std::filesystem::path data_folder, const IoExecutor& io);
  ~LogFeeds();

  LogFeeds(const LogFeeds&) = delete;
  LogFeeds& operator=(const LogFeeds&) = delete;

  /// The feed of a job's log, which need not exist yet; it ends with its last holder. Errors:
  /// unavailable when the system has no file watch to give or the server stops.
  [[nodiscard]] Result<std::shared_ptr<LogFeed>> follow(Uuid job);

  /// The job came to an end, or was queued again.
  void job_changed(Uuid job, bool ended);

  /// Tells all followers to go, and refuses new ones.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace athanor::jobs
