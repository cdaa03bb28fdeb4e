#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "athanor/api/metrics.hpp"
#include "athanor/http/event_stream.hpp"
#include "athanor/jobs/log_feed.hpp"
#include "athanor/store/observed_store.hpp"

namespace athanor::api {

/// Done or Error.
[[nodiscard]] bool has_ended(const store::JobRecord& job);

/// The event streams of jobs. An event carries the job as GET shows it, so each one supersedes
/// those before it, and its id is the job's last_modified. A client that comes back with the id of
/// the last event it saw is therefore brought up to date from the database, after a restart too;
/// where that would be too much it gets an event "reset" and reads everything anew.
/// Thread-safe; calls block.
class JobEvents {
 public:
  JobEvents(store::Store& store, http::EventHub& hub, jobs::LogFeeds& feeds, Metrics& metrics);

  /// Passes a change on; called by the store for each.
  void changed(Uuid job, store::JobChange change);

  /// One job: its present state first, the end of the stream after its end. 204, which tells
  /// clients not to come back, when it has ended and `last_event_id` was the last event.
  [[nodiscard]] Result<http::Response> follow_job(Uuid job,
                                                  std::optional<std::string_view> last_event_id,
                                                  std::shared_ptr<void> seat);

  /// All jobs of a user from now on, or from `last_event_id` on.
  [[nodiscard]] Result<http::Response> follow_user(Uuid user,
                                                   std::optional<std::string_view> last_event_id,
                                                   std::shared_ptr<void> seat);

 private:
  void publish(Uuid job, store::JobChange change);
  [[nodiscard]] Result<std::string> missed_events(Uuid user, std::string_view last_event_id);

  store::Store& store_;
  http::EventHub& hub_;
  jobs::LogFeeds& feeds_;
  Metrics& metrics_;
  /// Held from the look at a job to its publication, so that no older state follows a newer one.
  std::mutex order_;
};

}  // namespace athanor::api
