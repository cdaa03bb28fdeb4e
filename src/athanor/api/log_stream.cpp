#include "athanor/api/log_stream.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "athanor/contract/job_request.hpp"
#include "athanor/http/event_stream.hpp"
#include "athanor/jobs/job_log.hpp"
#include "athanor/jobs/log_reader.hpp"

namespace athanor::api {

namespace {

using namespace std::chrono_literals;

/// A cancelled job's worker may take its time to stop, and ends the log then. Later than this
/// nobody will.
constexpr auto end_patience = 60s;

class LogStream {
 public:
  LogStream(Services& services, Uuid job, std::shared_ptr<jobs::LogFeed> feed, std::uint64_t offset)
      : services_(services), job_(job), feed_(std::move(feed)), offset_(offset) {}

  /// StreamBody::next.
  Awaitable<Result<std::size_t>> next(std::span<char> buffer) {
    while (unsent_.empty() && !over_) {
      const std::uint64_t rings = feed_->bell.rings();
      const bool job_ended = feed_->job_ended;
      ATHANOR_CO_CHECK_OK(co_await services_.pool.run([&] { return advance(job_ended); }));
      if (unsent_.empty() && !over_) {
        const bool rung = co_await feed_->bell.wait(rings, limits::event_heartbeat);
        if (!rung) {
          unsent_ = http::heartbeat_text;
        }
      }
    }
    co_return take(buffer);
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::size_t take(std::span<char> buffer) {
    const std::size_t count = std::min(buffer.size(), unsent_.size() - sent_);
    std::memcpy(buffer.data(), unsent_.data() + sent_, count);
    sent_ += count;
    if (sent_ == unsent_.size()) {
      std::string().swap(unsent_);  // Idle clients are many and keep nothing.
      sent_ = 0;
    }
    return count;
  }

  /// Makes events of what is new in the log, and finds out whether more can come. Blocks.
  Status advance(bool job_ended) {
    if (feed_->closed) {
      return end_with(http::shutdown_event());
    }
    ATHANOR_TRY(
        const auto piece,
        jobs::read_log(feed_->directory / contract::log_file, offset_, limits::log_event_bytes));
    if (piece.size < offset_) {
      offset_ = 0;
      unsent_ = http::event_text("0", "reset", "the log begins anew");
    } else if (!piece.text.empty()) {
      add_events(piece.text);
    } else if (job_ended) {
      return advance_to_end(piece.size);
    }
    return {};
  }

  Status advance_to_end(std::uint64_t size) {
    if (jobs::log_has_ended(feed_->directory)) {
      return end_with("");
    }
    silent_since_ = silent_since_.value_or(Clock::now());
    const bool has_log = size > 0;
    if (has_log && Clock::now() - *silent_since_ < end_patience) {
      return {};
    }
    auto ending = has_log ? Result<std::string>("EOF\n") : reason();
    if (!ending) {
      return fail(ending.error());
    }
    add_events(*ending);
    over_ = true;
    return {};
  }

  Result<std::string> reason() {
    const auto job = services_.store.jobs().find(job_);
    if (!job && job.error().code != ErrorCode::not_found) {
      return fail(job.error());
    }
    return job ? log_in_place_of_none(*job) : "The job was deleted.\nEOF\n";
  }

  Status end_with(std::string text) {
    unsent_ = std::move(text);
    over_ = true;
    return {};
  }

  void add_events(std::string_view text) {
    while (!text.empty()) {
      const auto newline = text.find('\n');
      const bool whole = newline != std::string_view::npos;
      auto line = text.substr(0, newline);
      text.remove_prefix(whole ? newline + 1 : text.size());
      offset_ += line.size() + (whole ? 1 : 0);
      if (line.ends_with('\r')) {
        line.remove_suffix(1);
      }
      unsent_ += http::event_text(std::to_string(offset_), whole ? "" : "part", line);
    }
  }

  Services& services_;
  Uuid job_;
  std::shared_ptr<jobs::LogFeed> feed_;
  std::uint64_t offset_;
  std::string unsent_;
  std::size_t sent_ = 0;
  bool over_ = false;
  std::optional<Clock::time_point> silent_since_;  ///< The job had ended, its log had not.
};

}  // namespace

std::string log_in_place_of_none(const store::JobRecord& job) {
  std::string text;
  if (const Json* request = find_path(job.request, "request_id");
      request != nullptr && request->is_string() && *request != "") {
    text = jobs::log_head(job.id.to_string(), job.action, request->get<std::string>()) + "\n";
  }
  const Json* message = find_path(job.result, "detailed_status.message");
  if (message != nullptr && message->is_string() && *message != "") {
    text += message->get<std::string>() + "\n";
  }
  return text + "EOF\n";
}

http::Response log_stream(Services& services,
                          Uuid job,
                          std::shared_ptr<jobs::LogFeed> feed,
                          std::uint64_t offset,
                          std::shared_ptr<void> seat) {
  const auto stream = std::make_shared<LogStream>(services, job, std::move(feed), offset);
  return http::event_response(
      [stream, seat = std::move(seat)](std::span<char> buffer) { return stream->next(buffer); });
}

}  // namespace athanor::api
