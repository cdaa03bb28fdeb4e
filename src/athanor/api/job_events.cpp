#include "athanor/api/job_events.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "athanor/api/record_json.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"

namespace athanor::api {

namespace {

using namespace std::chrono_literals;

/// Changes that overlap may be published in another order than that of their times. What is this
/// much older than the last event a client saw is sent again; as events supersede each other, once
/// more does no harm.
constexpr auto overlap = 10s;

std::string job_topic(Uuid job) {
  return "job/" + job.to_string();
}

std::string user_topic(Uuid user) {
  return "user/" + user.to_string();
}

std::string event_of(const store::JobRecord& job, store::JobChange change) {
  const Json data = {{fmt::format("{}_id", name_of(job.owner_kind)), job.owner_id.to_string()},
                     {"job", to_json(job)}};
  return http::event_text(
      job.last_modified, change == store::JobChange::state ? "status" : "metrics", to_text(data));
}

std::string reset_event() {
  return http::event_text(
      now_iso(), "reset", "too much has changed since the last event's id: read all jobs anew");
}

}  // namespace

bool has_ended(const store::JobRecord& job) {
  return job.state == store::JobState::done || job.state == store::JobState::error;
}

JobEvents::JobEvents(store::Store& store,
                     http::EventHub& hub,
                     jobs::LogFeeds& feeds,
                     Metrics& metrics)
    : store_(store), hub_(hub), feeds_(feeds), metrics_(metrics) {}

void JobEvents::changed(Uuid job, store::JobChange change) {
  const std::lock_guard lock(order_);
  publish(job, change);
}

void JobEvents::publish(Uuid id, store::JobChange change) {
  const auto job = store_.jobs().find(id);
  if (!job) {
    // Its followers come back and are brought up to date then. Those of the user's other jobs get
    // the next change of this one, if it is still there.
    hub_.end(job_topic(id));
    log::warning("api",
                 "a job's change reached no event stream",
                 {{"job_id", id.to_string()}, {"error", job.error().message}});
    return;
  }
  const std::string topics[] = {job_topic(id), user_topic(job->user_id)};
  hub_.publish(topics, event_of(*job, change));
  if (has_ended(*job)) {
    hub_.end(topics[0]);
  }
  feeds_.job_changed(id, has_ended(*job));
  metrics_.job_changed(*job);
}

Result<http::Response> JobEvents::follow_job(Uuid id,
                                             std::optional<std::string_view> last_event_id,
                                             std::shared_ptr<void> seat) {
  const std::lock_guard lock(order_);
  ATHANOR_TRY(auto subscription, hub_.subscribe(job_topic(id), std::move(seat)));
  ATHANOR_TRY(const auto job, store_.jobs().find(id));
  const bool seen = last_event_id == job.last_modified;
  if (seen && has_ended(job)) {
    http::Response nothing;
    nothing.status = 204;
    return nothing;
  }
  if (!seen && !subscription.send(event_of(job, store::JobChange::state))) {
    return fail(ErrorCode::too_large, "the job's result is too long for an event; use GET");
  }
  if (has_ended(job)) {
    subscription.end();
  }
  return std::move(subscription).response();
}

Result<http::Response> JobEvents::follow_user(Uuid user,
                                              std::optional<std::string_view> last_event_id,
                                              std::shared_ptr<void> seat) {
  const std::lock_guard lock(order_);
  ATHANOR_TRY(auto subscription, hub_.subscribe(user_topic(user), std::move(seat)));
  if (last_event_id) {
    ATHANOR_TRY(auto missed, missed_events(user, *last_event_id));
    if (!subscription.send(std::move(missed)) && !subscription.send(reset_event())) {
      return fail(ErrorCode::internal, "an event stream has no room for its first event");
    }
  }
  return std::move(subscription).response();
}

Result<std::string> JobEvents::missed_events(Uuid user, std::string_view last_event_id) {
  const auto seen = parse_iso(last_event_id);
  // A clock that was set back makes ids of the future.
  if (!seen || *seen > std::chrono::system_clock::now() + overlap) {
    return reset_event();
  }
  ATHANOR_TRY(const auto jobs,
              store_.jobs().changed_since(user, to_iso(*seen - overlap), limits::event_replay + 1));
  if (jobs.size() > limits::event_replay) {
    return reset_event();
  }
  std::string events;
  for (const auto& job : jobs) {
    events += event_of(job, store::JobChange::state);
  }
  return events;
}

}  // namespace athanor::api
