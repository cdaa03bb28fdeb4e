#include "athanor/api/observation_handlers.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "athanor/api/call.hpp"
#include "athanor/api/explain.hpp"
#include "athanor/api/log_stream.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/jobs/log_reader.hpp"

namespace athanor::api {

namespace {

using store::OwnerKind;

constexpr const char* event_stream_type = "text/event-stream";
constexpr const char* log_type = "text/plain; charset=utf-8";

std::optional<std::uint64_t> number_from(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

struct LogQuery {
  std::optional<std::uint64_t> tail;  ///< Lines.
  bool follow = false;
};

Result<LogQuery> parse_log_query(const http::Request& request) {
  LogQuery query;
  if (const auto tail = request.query_value("tail")) {
    query.tail = number_from(*tail);
    if (!query.tail || *query.tail > limits::log_tail_lines) {
      return fail(
          ErrorCode::invalid_argument,
          fmt::format("tail: a number of lines from 0 to {} is needed", limits::log_tail_lines));
    }
  }
  if (const auto follow = request.query_value("follow")) {
    if (*follow != "1" && *follow != "0" && *follow != "true" && *follow != "false") {
      return fail(ErrorCode::invalid_argument, "follow: 1 or 0 is needed");
    }
    query.follow = *follow == "1" || *follow == "true";
  }
  return query;
}

Result<http::Response> follow_log(Services& services,
                                  const Call& call,
                                  const std::optional<std::uint64_t>& tail) {
  ATHANOR_TRY(auto seat, services.stream_seats.take());
  // The feed comes before the look at the job, so that its end cannot fall between them.
  ATHANOR_TRY(const auto feed, services.log_feeds.follow(call.job));
  ATHANOR_TRY(const auto job, services.store.jobs().find(call.job));
  if (has_ended(job)) {
    feed->job_ended = true;
  }
  const auto file = feed->directory / contract::log_file;
  std::uint64_t offset = 0;
  if (const auto last = call.request.headers.find("Last-Event-ID")) {
    offset = number_from(*last).value_or(0);
    ATHANOR_TRY(const auto rest, jobs::read_log(file, offset, limits::log_event_bytes));
    if (has_ended(job) && offset > 0 && rest.text.empty() && offset >= rest.size) {
      http::Response nothing;
      nothing.status = 204;
      return nothing;
    }
  } else if (tail) {
    ATHANOR_TRY(offset, jobs::offset_of_last_lines(file, *tail));
  }
  return log_stream(services, call.job, feed, offset, std::move(seat));
}

http::Response text_reply(std::string text) {
  http::Response response;
  response.headers.set("Content-Type", log_type);
  response.body = std::move(text);
  return response;
}

/// The last lines as they are now, read while they are sent.
Result<http::Response> tail_of(Services& services,
                               const std::filesystem::path& file,
                               std::uint64_t lines) {
  struct Position {
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
  };

  const auto position = std::make_shared<Position>();
  ATHANOR_TRY(position->offset, jobs::offset_of_last_lines(file, lines));
  auto response = text_reply("");
  response.body = http::StreamBody{[position, file, &pool = services.pool](
                                       std::span<char> buffer) -> Awaitable<Result<std::size_t>> {
    ATHANOR_CO_TRY(const auto piece, co_await pool.run([&] {
      return jobs::read_bytes(file, position->offset, buffer);
    }));
    position->offset += piece;
    co_return piece;
  }};
  return response;
}

BlockingHandler get_log(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto job, services.store.jobs().get(call.user, kind, call.owner, call.job));
    ATHANOR_TRY(const auto query, parse_log_query(call.request));
    if (query.follow) {
      return follow_log(services, call, query.tail);
    }
    const auto file = jobs::job_directory(services.data_folder, call.job) / contract::log_file;
    std::error_code missing;
    if (!std::filesystem::exists(file, missing)) {
      if (!has_ended(job)) {
        return text_reply("");
      }
      ATHANOR_TRY(const auto whole, services.store.jobs().find(job.id));
      return text_reply(log_in_place_of_none(whole));
    }
    if (query.tail) {
      return tail_of(services, file, *query.tail);
    }
    http::Response response;
    response.body = http::FileBody{file, log_type};
    return response;
  };
}

BlockingHandler get_job_events(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto job, services.store.jobs().get(call.user, kind, call.owner, call.job));
    ATHANOR_TRY(auto seat, services.stream_seats.take());
    return services.job_events.follow_job(
        job.id, call.request.headers.find("Last-Event-ID"), std::move(seat));
  };
}

BlockingHandler get_explanation(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto job, services.store.jobs().get(call.user, kind, call.owner, call.job));
    ATHANOR_TRY(const auto explanation, explain_job(services, job));
    return json_reply(200, explanation);
  };
}

Result<http::Response> get_user_events(Services& services, const Call& call) {
  ATHANOR_TRY(auto seat, services.stream_seats.take());
  return services.job_events.follow_user(
      call.user, call.request.headers.find("Last-Event-ID"), std::move(seat));
}

http::ParameterDoc query_parameter(std::string name, std::string description, Json schema) {
  return {std::move(name), std::move(description), std::move(schema)};
}

http::Route job_route(OwnerKind kind, const std::string& what, std::string summary) {
  const std::string owner(name_of(kind));
  auto route = new_route(
      http::Method::get,
      fmt::format("/api/v1/user/{{user_id}}/{0}/{{{0}_id}}/job/{{job_id}}/{1}", owner, what),
      fmt::format("get_{}_job_{}", owner, what),
      kind == OwnerKind::dataset ? "DATASET" : "MODEL",
      std::move(summary));
  route.path_parameters = {
      id_parameter("user_id"), id_parameter(owner + "_id"), id_parameter("job_id")};
  return route;
}

std::vector<http::ReplyDoc> stream_docs(const char* what) {
  return {{200, what, event_stream_type, string_schema()},
          {204, "It has ended and nothing was missed: do not come back", "", nullptr},
          error_doc(400),
          error_doc(404),
          error_doc(503)};
}

}  // namespace

void add_observation_routes(std::vector<http::Route>& routes, Services& services, OwnerKind kind) {
  auto log = job_route(kind, "logs", "Read or follow a job's log");
  log.query_parameters = {
      query_parameter("tail",
                      "Only this many last lines",
                      {{"type", "integer"}, {"minimum", 0}, {"maximum", limits::log_tail_lines}}),
      query_parameter("follow",
                      "1: server-sent events, a line each, to the last line EOF; ids are byte "
                      "offsets, which Last-Event-ID goes on from",
                      {{"type", "string"}, {"enum", {"0", "1", "false", "true"}}})};
  log.header_parameters = {last_event_parameter()};
  log.replies = stream_docs("The log, or its lines as events");
  log.replies.push_back({200, "The log", "text/plain", string_schema()});
  add_file_conditions(log);
  log.handler = blocking(services, get_log(kind));
  routes.push_back(std::move(log));

  auto events = job_route(kind, "events", "Follow a job's status and metrics to its end");
  events.header_parameters = {last_event_parameter()};
  events.replies = stream_docs("The job's present state, then every change");
  events.handler = blocking(services, get_job_events(kind));
  routes.push_back(std::move(events));

  auto explanation = job_route(kind, "explain", "Why a job is pending, failed or slow");
  explanation.replies = {{200,
                          "From the visible state to the cause, with evidence and mend",
                          "application/json",
                          reference_to("Explanation")},
                         error_doc(400),
                         error_doc(404)};
  explanation.handler = blocking(services, get_explanation(kind));
  routes.push_back(std::move(explanation));
}

void add_user_event_route(std::vector<http::Route>& routes, Services& services) {
  auto route = new_route(http::Method::get,
                         "/api/v1/user/{user_id}/events",
                         "get_user_events",
                         "SYSTEM",
                         "Follow status and metrics of all jobs of a user");
  route.path_parameters = {id_parameter("user_id")};
  route.header_parameters = {last_event_parameter()};
  route.replies = {
      {200, "Every change", event_stream_type, string_schema()}, error_doc(400), error_doc(503)};
  route.handler = blocking(services, get_user_events);
  routes.push_back(std::move(route));
}

}  // namespace athanor::api
