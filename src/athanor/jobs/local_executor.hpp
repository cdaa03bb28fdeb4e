#pragma once

#include <filesystem>
#include <memory>

#include "athanor/jobs/executor.hpp"

namespace athanor::jobs {

struct LocalExecutorOptions {
  std::filesystem::path program;  ///< The worker, run as `program run DIRECTORY`.
  int threads = 1;                ///< What its math libraries are told to use.
  /// A program that knows the command of launcher.hpp: this one, even if its file was replaced.
  std::filesystem::path launcher = "/proc/self/exe";
};

/// Workers as processes of this machine, each in a session of its own: they outlive the server.
/// They get no descriptor and no environment of it but what docs/job-directory.md names. `io`
/// waits for their ends.
[[nodiscard]] std::unique_ptr<Executor> make_local_executor(LocalExecutorOptions options,
                                                            IoExecutor io);

}  // namespace athanor::jobs
