#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor::contract {

/// What the worker says of itself; the last line of a good run is success.
enum class WorkerStatus { started, running, success, failure, skipped };

/// One line of status.json, the log that the original's toolkits wrote (contract 6.5).
struct StatusLine {
  std::string date;  ///< "M/D/YYYY", not padded; filled by stamp().
  std::string time;  ///< "H:M:S", not padded; filled by stamp().
  WorkerStatus status = WorkerStatus::running;
  std::string verbosity = "INFO";
  std::string message;
  std::optional<std::int64_t> epoch;  ///< Last completed epoch, from 1.
  std::optional<double> cur_epoch;    ///< Completed epochs and the fraction of the current one.
  std::optional<std::int64_t> max_epoch;
  std::optional<std::string> time_per_epoch;  ///< Python timedelta text, "0:00:25.118000".
  std::optional<std::string> eta;             ///< The same.
  std::string mode;                           ///< "train" lines are left out of the KPI.
  Json graphical = Json::object();            ///< metric → number, null, or {"value": ...}
  Json categorical = Json::object();          ///< metric → {category: number}
  Json kpi = Json::object();                  ///< metric → number
  Json stats = Json::object();                ///< metric → string
};

/// Sets date and time, UTC.
void stamp(StatusLine& line, std::chrono::system_clock::time_point now);

/// One line of JSON without the newline; what is empty is left out.
[[nodiscard]] std::string to_text(const StatusLine& line);

/// Takes the categorical metrics away where the line would be longer than limits::status_line_bytes
/// with them: it would not be read, and a success would be lost with it. Returns whether it did.
[[nodiscard]] bool fit_into_limit(StatusLine& line);

/// Reads one line. Numeric strings count as numbers, as in the original's logs.
[[nodiscard]] Result<StatusLine> parse_status_line(std::string_view text);

/// A finite number, or text that is one ("0.93"); everything else is none.
[[nodiscard]] std::optional<double> metric_number(const Json& value);

/// "STARTED", "RUNNING", ...
[[nodiscard]] std::string_view name_of(WorkerStatus status);

}  // namespace athanor::contract
