#include "athanor/contract/status_line.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"

namespace athanor::contract {

namespace {

constexpr std::array<std::pair<WorkerStatus, std::string_view>, 5> status_names{{
    {WorkerStatus::started, "STARTED"},
    {WorkerStatus::running, "RUNNING"},
    {WorkerStatus::success, "SUCCESS"},
    {WorkerStatus::failure, "FAILURE"},
    {WorkerStatus::skipped, "SKIPPED"},
}};

std::optional<WorkerStatus> status_from(std::string_view name) {
  for (const auto& [status, text] : status_names) {
    if (text == name) {
      return status;
    }
  }
  return std::nullopt;
}

std::string text_or_empty(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? std::nullopt : metric_number(*found);
}

std::optional<std::int64_t> integer_at(const Json& json, const char* key) {
  const auto number = number_at(json, key);
  if (!number || std::abs(*number) > 1e15) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*number);
}

std::optional<std::string> text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                   : std::nullopt;
}

Json object_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_object() ? *found : Json::object();
}

template <class T>
void put(Json& json, const char* key, const std::optional<T>& value) {
  if (value) {
    json[key] = *value;
  }
}

void put_object(Json& json, const char* key, const Json& value) {
  if (!value.empty()) {
    json[key] = value;
  }
}

/// Without the blanks around it and a plus sign, which the original's float() takes and from_chars
/// does not.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) {
    return {};
  }
  text = text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
  const bool has_plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  return has_plus ? text.substr(1) : text;
}

}  // namespace

std::optional<double> metric_number(const Json& value) {
  if (value.is_number()) {
    const auto number = value.get<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
  }
  if (value.is_string()) {
    const std::string_view text = trimmed(value.get_ref<const std::string&>());
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number)) {
      return number;
    }
  }
  return std::nullopt;
}

void stamp(StatusLine& line, std::chrono::system_clock::time_point now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  line.date = fmt::format("{}/{}/{}", utc.tm_mon + 1, utc.tm_mday, utc.tm_year + 1900);
  line.time = fmt::format("{}:{}:{}", utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string to_text(const StatusLine& line) {
  Json json = {{"date", line.date},
               {"time", line.time},
               {"status", name_of(line.status)},
               {"verbosity", line.verbosity}};
  if (!line.message.empty()) {
    json["message"] = line.message;
  }
  put(json, "epoch", line.epoch);
  put(json, "cur_epoch", line.cur_epoch);
  put(json, "max_epoch", line.max_epoch);
  put(json, "time_per_epoch", line.time_per_epoch);
  put(json, "eta", line.eta);
  if (!line.mode.empty()) {
    json["mode"] = line.mode;
  }
  put_object(json, "graphical", line.graphical);
  put_object(json, "categorical", line.categorical);
  put_object(json, "kpi", line.kpi);
  put_object(json, "stats", line.stats);
  return athanor::to_text(json);
}

bool fit_into_limit(StatusLine& line) {
  constexpr std::size_t stamp_bytes = 64;  // At the most; it may be set later.
  if (to_text(line).size() + stamp_bytes <= limits::status_line_bytes) {
    return false;
  }
  line.categorical = Json::object();
  return true;
}

Result<StatusLine> parse_status_line(std::string_view text) {
  ATHANOR_TRY(const auto json, parse_json(text));
  if (!json.is_object()) {
    return fail(ErrorCode::invalid_argument, "a status line must be a JSON object");
  }
  const auto status = status_from(text_or_empty(json, "status"));
  if (!status) {
    return fail(ErrorCode::invalid_argument, "a status line lacks a known \"status\"");
  }
  StatusLine line;
  line.date = text_or_empty(json, "date");
  line.time = text_or_empty(json, "time");
  line.status = *status;
  line.verbosity = text_or_empty(json, "verbosity");
  line.message = text_or_empty(json, "message");
  line.epoch = integer_at(json, "epoch");
  line.cur_epoch = number_at(json, "cur_epoch");
  line.max_epoch = integer_at(json, "max_epoch");
  line.time_per_epoch = text_at(json, "time_per_epoch");
  line.eta = text_at(json, "eta");
  line.mode = text_or_empty(json, "mode");
  line.graphical = object_at(json, "graphical");
  line.categorical = object_at(json, "categorical");
  line.kpi = object_at(json, "kpi");
  line.stats = object_at(json, "stats");
  return line;
}

std::string_view name_of(WorkerStatus status) {
  for (const auto& [candidate, text] : status_names) {
    if (candidate == status) {
      return text;
    }
  }
  return "FAILURE";
}

}  // namespace athanor::contract
