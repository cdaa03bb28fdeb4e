#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "athanor/contract/status_line.hpp"
#include "athanor/core/json.hpp"

namespace athanor::jobs {

/// Makes a job's `result` from its status lines (contract 6.5). Every key is always there; what
/// was never said is null, and so are numbers that are not finite. The lines of all attempts of a
/// resumed job come one after the other; a line STARTED with an epoch says after which one the
/// attempt goes on.
class ResultBuilder {
 public:
  void add(const contract::StatusLine& line);

  [[nodiscard]] std::optional<contract::WorkerStatus> last_status() const { return status_; }

  /// The message that came last, empty before the first.
  [[nodiscard]] const std::string& last_message() const { return message_; }

  [[nodiscard]] Json result() const;

 private:
  /// One metric over the epochs.
  struct Curve {
    std::map<std::int64_t, Json> points;  ///< Epoch → number or null; the first one said stays.
    Json axes = Json::object();           ///< x_min, x_max, y_min, y_max, units as the line sets.
  };

  void add_graphical(const Json& metrics);
  /// What was told of epochs after this one is void: the training begins there again.
  void go_back_to(std::int64_t epoch);
  [[nodiscard]] static Json describe(const std::string& metric, const Curve& curve);

  std::string date_;
  std::string time_;
  std::string message_;
  std::optional<contract::WorkerStatus> status_;
  std::optional<std::int64_t> epoch_;
  std::optional<double> cur_epoch_;
  std::optional<std::int64_t> max_epoch_;
  std::optional<std::string> time_per_epoch_;
  std::optional<std::string> eta_;
  std::vector<std::pair<std::string, Curve>> graphical_;  ///< In order of appearance.
  Json categorical_ = Json::object();                     ///< metric → {category: number or null}
  Json kpi_ = Json::object();                             ///< metric → number
  Json stats_ = Json::object();                           ///< metric → text
};

/// `result` with what the job waits for now and no status: metrics of earlier attempts stay. An
/// empty result gets all keys.
[[nodiscard]] Json waiting_result(Json result, const std::string& reason);

/// `result` with the status FAILURE of this moment and `message`; metrics stay as they are. An
/// empty result gets all keys.
[[nodiscard]] Json failed_result(Json result, const std::string& message);

}  // namespace athanor::jobs
