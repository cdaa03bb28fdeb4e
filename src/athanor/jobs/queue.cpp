#include "athanor/jobs/queue.hpp"

#include <algorithm>
#include <unordered_map>

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

/// One way through the queue.
class Round {
 public:
  Round(store::JobRepository& jobs, Slots slots) : jobs_(jobs), slots_(slots) {}

  Result<std::vector<JobRecord>> run() {
    ATHANOR_TRY(auto pending, jobs_.in_state(JobState::pending));
    for (JobRecord& job : pending) {
      if (auto considered = consider(std::move(job)); !considered) {
        return give_back(std::move(considered).error());
      }
    }
    if (auto noted = jobs_.note_waiting(waiting_); !noted) {
      return give_back(std::move(noted).error());
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

  Status consider(JobRecord job) {
    ATHANOR_TRY(const JobRecord* parent, find_parent(job));
    const Decision decision = decide(job, parent, slots_);
    const Uuid id = job.id;
    ATHANOR_TRY(JobRecord after, apply(std::move(job), decision));
    known_.insert_or_assign(id, std::move(after));
    return {};
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

  Result<JobRecord> apply(JobRecord job, const Decision& decision) {
    switch (decision.verdict) {
      case Verdict::start:
        return start(std::move(job));
      case Verdict::fail:
        job.state = JobState::error;
        job.result = failed_result(std::move(job.result), decision.reason);
        ATHANOR_CHECK_OK(jobs_.transition(job.id, JobState::pending, JobState::error, job.result));
        return job;
      case Verdict::wait:
        slots_.waiting += decision.wants_slot ? 1 : 0;
        if (message_of(job) != decision.reason) {
          job.result = waiting_result(std::move(job.result), decision.reason);
          waiting_.push_back(job);
        }
        return job;
    }
    return job;
  }

  Result<JobRecord> start(JobRecord job) {
    // What it waited for is over; its result is empty until the first status line.
    const Json result = job.attempt == 1
                            ? Json::object()
                            : waiting_result(std::move(job.result), "The worker is starting.");
    ATHANOR_TRY(auto claimed, jobs_.claim(job.id, result));
    if (claimed) {
      pass(KillPoint::job_claimed);
      ++slots_.used;
      job = *claimed;
      taken_.push_back(std::move(*claimed));
    }
    return job;
  }

  store::JobRepository& jobs_;
  Slots slots_;
  std::unordered_map<Uuid, JobRecord> known_;
  std::vector<JobRecord> taken_;
  std::vector<JobRecord> waiting_;  ///< Those that wait for something else than before.
};

std::string reason_to_wait_for(const JobRecord& parent) {
  return fmt::format("Waiting for the parent job {} ({}), which is {}.",
                     parent.id.to_string(),
                     parent.action,
                     store::name_of(parent.state));
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

}  // namespace

Decision decide(const JobRecord& job, const JobRecord* parent, const Slots& slots) {
  if (job.parent_id && parent == nullptr) {
    return {Verdict::fail,
            fmt::format("The parent job {} was deleted.", job.parent_id->to_string())};
  }
  if (parent != nullptr && parent->state != JobState::done) {
    return decide_by_parent(*parent);
  }
  if (job.has_worker) {
    return {Verdict::wait, "Waiting for the worker of the attempt before, which is stopping."};
  }
  if (slots.used >= slots.total) {
    return {Verdict::wait,
            fmt::format("Waiting for a free slot: {} of {} in use, place {} in the queue.",
                        slots.used,
                        slots.total,
                        slots.waiting + 1),
            true};
  }
  return {Verdict::start, ""};
}

Json first_result(const JobRecord* parent) {
  const bool waits = parent != nullptr &&
                     (parent->state == JobState::pending || parent->state == JobState::running);
  return waits ? waiting_result(Json::object(), reason_to_wait_for(*parent)) : Json::object();
}

Result<std::vector<JobRecord>> take_ready_jobs(store::JobRepository& jobs, Slots slots) {
  return Round(jobs, slots).run();
}

}  // namespace athanor::jobs
