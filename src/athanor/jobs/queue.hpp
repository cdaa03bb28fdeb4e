#pragma once

#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/store/store.hpp"

namespace athanor::jobs {

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

/// The result of a job that is about to be posted: until its turn comes, that it waits for its
/// `parent`, where that is not over. Empty without a parent.
[[nodiscard]] Json first_result(const store::JobRecord* parent);

/// Goes through the Pending jobs, oldest first: moves as many of them to Running as there are free
/// slots and returns those, ends those that can never run, and notes with the rest what they wait
/// for. A job that waits for its parent holds up no other. Blocks.
[[nodiscard]] Result<std::vector<store::JobRecord>> take_ready_jobs(store::JobRepository& jobs,
                                                                    Slots slots);

}  // namespace athanor::jobs
