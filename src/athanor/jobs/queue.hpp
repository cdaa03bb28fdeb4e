#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/store/store.hpp"

namespace athanor::jobs {

/// So many jobs of the queue are told their place in it. If all were, each end of a job would
/// change every job that waits.
inline constexpr int told_places = 50;

/// What the others are told, and new jobs until their first round.
inline constexpr std::string_view turn_message = "Waiting for its turn.";

/// What to do with a Pending job now.
enum class Verdict { start, wait, fail };

struct Decision {
  Verdict verdict = Verdict::start;
  std::string reason = {};  ///< Why it waits or fails, for its detailed_status.
  bool wants_slot = false;  ///< It waits for nothing else.
};

/// How full the server is at this moment of a round.
struct Slots {
  int total = 1;
  int used = 0;
  int waiting = 0;  ///< Jobs that only want a slot and are before this one in the queue.
};

/// `parent` is null when the job has a parent_id that leads nowhere.
[[nodiscard]] Decision decide(const store::JobRecord& job,
                              const store::JobRecord* parent,
                              const Slots& slots);

/// Why a job waits that comes into the queue: for its `parent`, until that is over, else
/// `otherwise`.
[[nodiscard]] std::string first_reason(const store::JobRecord* parent, std::string_view otherwise);

/// The result of a job that is about to be posted, with its first reason to wait.
[[nodiscard]] Json first_result(const store::JobRecord* parent);

/// Deals with the Pending jobs whose situation can have changed, whatever number waits beside them:
/// moves the oldest to Running, as many as there are free slots, and returns those; tells the next
/// ones their places; ends those that can never run, or says what they wait for now, when their
/// parent has moved. A job that waits for its parent holds up no other. Blocks.
[[nodiscard]] Result<std::vector<store::JobRecord>> take_ready_jobs(store::JobRepository& jobs,
                                                                    Slots slots);

}  // namespace athanor::jobs
