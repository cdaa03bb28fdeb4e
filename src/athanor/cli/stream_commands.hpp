#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "athanor/cli/context.hpp"
#include "athanor/cli/event_reader.hpp"
#include "athanor/cli/job_commands.hpp"

namespace athanor::cli {

struct JobLogsOptions {
  JobOwner owner;
  std::string id;
  bool follow = false;
  std::optional<std::uint64_t> tail;  ///< Lines.
};

/// One job, or all of the user's without an id.
struct JobEventsOptions {
  JobOwner owner;
  std::optional<std::string> id;
};

/// How long a server that was there and is not any more is waited for.
struct Persistence {
  int tries = 60;
  std::chrono::milliseconds pause = std::chrono::seconds(1);  ///< Before each of them.
};

/// Follows a stream of the server to the end that `take` sees, over restarts of the server:
/// "shutdown" and broken connections are followed by another try with the last event's id.
/// `take` gets every other event and returns false to end.
[[nodiscard]] Status follow_events(Client& client,
                                   const std::string& path,
                                   const std::function<bool(const ServerEvent&)>& take,
                                   Persistence persistence = {});

/// Prints a log without its last line EOF; with `follow` as it grows.
[[nodiscard]] Result<ExitCode> job_logs(Context& context, const JobLogsOptions& options);
/// Prints a line per event; with --json the event's data.
[[nodiscard]] Result<ExitCode> job_events(Context& context, const JobEventsOptions& options);
[[nodiscard]] Result<ExitCode> job_explain(Context& context, const JobOptions& options);

}  // namespace athanor::cli
