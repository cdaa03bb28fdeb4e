#include "athanor/jobs/queue.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/json.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/result_builder.hpp"

namespace athanor::jobs {
namespace {

using store::JobRecord;
using store::JobState;

/// How much of a parent's message its children repeat.
constexpr std::size_t repeated_reason = 300;

std::string message_of(const JobRecord& job) {
  const Json* message = find_path(job.result, "detailed_status.message");
  return message != nullptr && message->is_string() ? message->get<std::string>() : "";
}

/// The first line of why a job failed.
std::string reason_of(const JobRecord& job) {
  std::string reason = message_of(job);
  reason.resize(std::min(reason.find('\n'), reason.size()));
  if (reason.size() > repeated_reason) {
    reason.resize(repeated_reason);
    reason += "...";
  }
  return reason;
}

std::string reason_to_wait_for(const JobRecord& parent) {
  return fmt::format("Waiting for the parent job {} ({}), which is {}.",
                     parent.id.to_string(),
                     parent.action,
                     store::name_of(parent.state));
}

std::string reason_to_wait_for(const Slots& slots) {
  if (slots.waiting >= told_places) {
    return std::string(turn_message);
  }
  return fmt::format("Waiting for a free slot: {} of {} in use, place {} in the queue.",
                     slots.used,
                     slots.total,
                     slots.waiting + 1);
}

Decision decide_by_parent(const JobRecord& parent) {
  if (parent.state == JobState::error) {
    return {Verdict::fail,
            fmt::format("The parent job {} ({}) failed, so post this one again once that is "
                        "mended. The parent says: {}",
                        parent.id.to_string(),
                        parent.action,
                        reason_of(parent))};
  }
  return {Verdict::wait, reason_to_wait_for(parent)};
}

/// Of a job that waits for no parent.
Decision decide_by_slots(const JobRecord& job, const Slots& slots) {
  if (job.has_worker) {
    return {Verdict::wait, "Waiting for the worker of the attempt before, which is stopping."};
  }
  if (slots.used >= slots.total) {
    return {Verdict::wait, reason_to_wait_for(slots), true};
  }
  return {Verdict::start, ""};
}

/// One way through what can have changed.
class Round {
 public:
  Round(store::JobRepository& jobs, Slots slots) : jobs_(jobs), slots_(slots) {}

  Result<std::vector<JobRecord>> run() {
    if (auto done = look_at_all(); !done) {
      return give_back(std::move(done).error());
    }
    return std::move(taken_);
  }

 private:
  /// The jobs taken so far are Running and must begin; the rest has its turn when they end.
  Result<std::vector<JobRecord>> give_back(Error error) {
    if (taken_.empty()) {
      return fail(std::move(error));
    }
    log::error("jobs", "cannot go on through the queue", {{"error", error.message}});
    return std::move(taken_);
  }

  Status look_at_all() {
    ATHANOR_CHECK_OK(look_at_queue());
    ATHANOR_CHECK_OK(look_at_released());
    ATHANOR_CHECK_OK(look_at_children());
    return jobs_.note_waiting(waiting_);
  }

  /// Those that may start or are told a place, and as many behind them, which others may have
  /// overtaken since they were told theirs.
  Status look_at_queue() {
    const int free_slots = std::max(0, slots_.total - slots_.used);
    ATHANOR_TRY(auto queue, jobs_.queued(static_cast<std::uint64_t>(free_slots + 2 * told_places)));
    for (JobRecord& job : queue) {
      const Decision decision = decide_by_slots(job, slots_);
      ATHANOR_CHECK_OK(apply(std::move(job), decision));
    }
    return {};
  }

  /// Children of jobs that ended or went. Those that may run now are mostly in the queue's part
  /// above; the others are told that they are in it.
  Status look_at_released() {
    ATHANOR_TRY(auto released, jobs_.released());
    for (JobRecord& job : released) {
      if (!known_.contains(job.id)) {
        ATHANOR_CHECK_OK(follow_parent(std::move(job)));
      }
    }
    return {};
  }

  /// The children of jobs that this round started or ended, down to the last descendants.
  Status look_at_children() {
    while (!moved_.empty()) {
      const std::vector<Uuid> parents = std::exchange(moved_, {});
      ATHANOR_TRY(auto children, jobs_.pending_children(parents));
      for (JobRecord& child : children) {
        ATHANOR_CHECK_OK(follow_parent(std::move(child)));
      }
    }
    return {};
  }

  Status follow_parent(JobRecord job) {
    ATHANOR_TRY(const JobRecord* parent, find_parent(job));
    const Decision decision = decide(job, parent, slots_);
    return apply(std::move(job), decision);
  }

  /// As it is after what this round did to it; null when there is none.
  Result<const JobRecord*> find_parent(const JobRecord& job) {
    if (!job.parent_id) {
      return nullptr;
    }
    if (const auto found = known_.find(*job.parent_id); found != known_.end()) {
      return &found->second;
    }
    auto parent = jobs_.find(*job.parent_id);
    if (!parent && parent.error().code == ErrorCode::not_found) {
      return nullptr;
    }
    if (!parent) {
      return fail(std::move(parent).error());
    }
    return &known_.insert_or_assign(*job.parent_id, std::move(*parent)).first->second;
  }

  Status apply(JobRecord job, const Decision& decision) {
    switch (decision.verdict) {
      case Verdict::start:
        ATHANOR_CHECK_OK(start(job));
        break;
      case Verdict::fail:
        ATHANOR_CHECK_OK(end(job, decision.reason));
        break;
      case Verdict::wait:
        slots_.waiting += decision.wants_slot ? 1 : 0;
        if (message_of(job) != decision.reason) {
          job.result = waiting_result(std::move(job.result), decision.reason);
          waiting_.push_back(job);
        }
        break;
    }
    const Uuid id = job.id;
    known_.insert_or_assign(id, std::move(job));
    return {};
  }

  Status start(JobRecord& job) {
    // What it waited for is over; its result is empty until the first status line.
    const Json result = job.attempt == 1
                            ? Json::object()
                            : waiting_result(std::move(job.result), "The worker is starting.");
    ATHANOR_TRY(auto claimed, jobs_.claim(job.id, result));
    if (claimed) {
      pass(KillPoint::job_claimed);
      ++slots_.used;
      moved_.push_back(job.id);
      job = *claimed;
      taken_.push_back(std::move(*claimed));
    }
    return {};
  }

  Status end(JobRecord& job, const std::string& reason) {
    job.state = JobState::error;
    job.result = failed_result(std::move(job.result), reason);
    ATHANOR_CHECK_OK(jobs_.transition(job.id, JobState::pending, JobState::error, job.result));
    moved_.push_back(job.id);
    return {};
  }

  store::JobRepository& jobs_;
  Slots slots_;
  std::unordered_map<Uuid, JobRecord> known_;
  std::vector<JobRecord> taken_;
  std::vector<Uuid> moved_;         ///< Started or ended; their children are to be looked at.
  std::vector<JobRecord> waiting_;  ///< Those that wait for something else than before.
};

}  // namespace

Decision decide(const JobRecord& job, const JobRecord* parent, const Slots& slots) {
  if (job.parent_id && parent == nullptr) {
    return {Verdict::fail,
            fmt::format("The parent job {} was deleted.", job.parent_id->to_string())};
  }
  if (parent != nullptr && parent->state != JobState::done) {
    return decide_by_parent(*parent);
  }
  return decide_by_slots(job, slots);
}

std::string first_reason(const JobRecord* parent, std::string_view otherwise) {
  const bool waits = parent != nullptr &&
                     (parent->state == JobState::pending || parent->state == JobState::running);
  return waits ? reason_to_wait_for(*parent) : std::string(otherwise);
}

Json first_result(const JobRecord* parent) {
  return waiting_result(Json::object(), first_reason(parent, turn_message));
}

Result<std::vector<JobRecord>> take_ready_jobs(store::JobRepository& jobs, Slots slots) {
  return Round(jobs, slots).run();
}

}  // namespace athanor::jobs
