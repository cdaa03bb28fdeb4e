#include "athanor/cli/stream_commands.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "athanor/cli/event_reader.hpp"
#include "athanor/cli/job_follow.hpp"
#include "athanor/cli/output.hpp"

namespace athanor::cli {

namespace {

/// Whether another try may find the stream again.
bool is_passing(const Error& error) {
  return error.code == ErrorCode::io || error.code == ErrorCode::unavailable ||
         error.code == ErrorCode::timed_out;
}

std::string log_query(const JobLogsOptions& options) {
  std::string query = options.follow ? "?follow=1" : "";
  if (options.tail) {
    query += fmt::format("{}tail={}", query.empty() ? '?' : '&', *options.tail);
  }
  return query;
}

/// Prints text as it comes, but for a last line EOF.
class LogPrinter {
 public:
  void take(std::string_view bytes) {
    held_.append(bytes);
    if (held_.size() > ending.size()) {
      print_text(std::string_view(held_).substr(0, held_.size() - ending.size()));
      held_.erase(0, held_.size() - ending.size());
    }
  }

  void finish() {
    const bool ended = held_ == ending || held_ == ending.substr(1);
    print_text(ended ? std::string_view(held_).substr(0, held_ == ending ? 1 : 0) : held_);
  }

 private:
  static constexpr std::string_view ending = "\nEOF\n";

  std::string held_;
};

std::string line_of(const ServerEvent& event, const Json& data) {
  const auto job = data.find("job");
  if (job == data.end()) {
    return fmt::format("{:<8} {}", event.type, event.data);
  }
  return fmt::format(
      "{:<8} {} {}",
      event.type,
      text_of(*job, "id"),
      has_ended(*job) ? summary_of(*job) : render(progress_of(*job), std::string::npos));
}

Status print_log(Client& client, const std::string& path) {
  LogPrinter printer;
  ATHANOR_CHECK_OK(client.stream(path, "", [&printer](std::string_view bytes) -> Result<bool> {
    printer.take(bytes);
    return true;
  }));
  printer.finish();
  return {};
}

}  // namespace

Status follow_events(Client& client,
                     const std::string& path,
                     const std::function<bool(const ServerEvent&)>& take,
                     Persistence persistence) {
  bool done = false;
  int tries_left = 0;  // A server that was never there is not waited for.
  EventReader reader([&](const ServerEvent& event) {
    if (event.type == "shutdown") {
      return true;
    }
    done = !take(event);
    return !done;
  });
  while (!done) {
    const auto streamed = client.stream(path, reader.last_event_id(), [&](std::string_view bytes) {
      tries_left = persistence.tries;
      return reader.take(bytes);
    });
    if (done || (streamed && streamed->no_content)) {
      break;
    }
    if (streamed) {
      tries_left = persistence.tries;  // The server is there, though it may have told nothing.
    } else if (!is_passing(streamed.error()) || tries_left <= 0) {
      return fail(streamed.error());
    }
    --tries_left;
    std::this_thread::sleep_for(persistence.pause);
  }
  return {};
}

Result<ExitCode> job_logs(Context& context, const JobLogsOptions& options) {
  ATHANOR_TRY(const auto job, locate_job(context.client, options.owner, options.id));
  const auto path = job + "/logs" + log_query(options);
  if (!options.follow) {
    ATHANOR_CHECK_OK(print_log(context.client, path));
    return ExitCode::ok;
  }
  const auto print_event = [](const ServerEvent& event) {
    const bool last = event.type == "message" && event.data == "EOF";
    if (!last && event.type != "reset") {
      print_text(event.data + (event.type == "part" ? "" : "\n"));
    }
    return !last;
  };
  ATHANOR_CHECK_OK(follow_events(context.client, path, print_event));
  return ExitCode::ok;
}

Result<ExitCode> job_events(Context& context, const JobEventsOptions& options) {
  std::string path = "/events";
  if (options.id) {
    ATHANOR_TRY(const auto job, locate_job(context.client, options.owner, *options.id));
    path = job + "/events";
  }
  const auto print_event = [&](const ServerEvent& event) {
    const auto data = parse_json(event.data);
    if (context.json) {
      print(event.data);
    } else {
      print(line_of(event, data && data->is_object() ? *data : Json::object()));
    }
    const bool has_job = data && data->is_object() && data->contains("job");
    return !options.id || !has_job || !has_ended(data->at("job"));
  };
  ATHANOR_CHECK_OK(follow_events(context.client, path, print_event));
  return ExitCode::ok;
}

Result<ExitCode> job_explain(Context& context, const JobOptions& options) {
  ATHANOR_TRY(const auto path, locate_job(context.client, options.owner, options.id));
  ATHANOR_TRY(const auto explanation, context.client.get(path + "/explain"));
  if (context.json) {
    print_json(explanation);
    return ExitCode::ok;
  }
  for (const auto& step : explanation.at("chain")) {
    print(fmt::format("- {}", text_of(step, "what")));
    print(fmt::format("    evidence: {}", text_of(step, "evidence")));
    if (!step.at("mend").is_null()) {
      print(fmt::format("    mend: {}", text_of(step, "mend")));
    }
  }
  return ExitCode::ok;
}

}  // namespace athanor::cli
