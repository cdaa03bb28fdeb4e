#pragma once

#include <optional>
#include <spawn.h>
#include <string>
#include <sys/types.h>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::jobs {

/// Descriptors that a worker inherits beside its input and outputs.
struct Inheritance {
  int lock = -1;  ///< Becomes worker_lock_fd.
  int keys = -1;  ///< Becomes contract::job_keys_fd, above which it must be.
};

/// How a worker program is started: in a session of its own, with /dev/null as input, `output` as
/// both outputs, the inheritance (if any), every other descriptor closed, default signals.
class SpawnPlan {
 public:
  explicit SpawnPlan(int output, std::optional<Inheritance> inheritance = std::nullopt);
  ~SpawnPlan();

  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// The first argument is the program's path; the environment holds "NAME=value".
  [[nodiscard]] Result<pid_t> spawn(std::vector<std::string> arguments,
                                    std::vector<std::string> environment) const;

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// What a worker gets of the server's environment, and how many threads its math libraries use.
[[nodiscard]] std::vector<std::string> worker_environment(int threads);

}  // namespace athanor::jobs
