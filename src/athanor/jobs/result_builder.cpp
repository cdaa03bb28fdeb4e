#include "athanor/jobs/result_builder.hpp"

#include <algorithm>
#include <chrono>

namespace athanor::jobs {
namespace {

/// Under which points are filed before the first epoch has ended, as in the original.
constexpr std::int64_t before_first_epoch = -1;
/// Upper end of the axis of a metric without any number, as in the original.
constexpr double unknown_maximum = 1e10;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
void replace_if_said(std::optional<T>& kept, const std::optional<T>& said) {
  if (said) {
    kept = said;
  }
}

void replace_if_said(std::string& kept, const std::string& said) {
  if (!said.empty()) {
    kept = said;
  }
}

/// A metric is given as a number or as {"value": number, ...}.
const Json& value_of(const Json& metric) {
  const auto value = metric.is_object() ? metric.find("value") : metric.end();
  return value != metric.end() ? *value : metric;
}

Json as_list(const Json& metrics) {
  Json list = Json::array();
  for (const auto& [metric, value] : metrics.items()) {
    list.push_back({{"metric", metric}, {"value", value}});
  }
  return list;
}

Json categorical_list(const Json& metrics) {
  Json list = Json::array();
  for (const auto& [metric, categories] : metrics.items()) {
    Json values = Json::array();
    for (const auto& [category, value] : categories.items()) {
      values.push_back({{"category", category}, {"value", value}});
    }
    list.push_back({{"metric", metric}, {"category_wise_values", std::move(values)}});
  }
  return list;
}

Json with_outcome(Json result, std::string_view status, const std::string& message) {
  if (result.empty()) {
    result = ResultBuilder().result();
  }
  contract::StatusLine now;
  contract::stamp(now, std::chrono::system_clock::now());
  result["detailed_status"] = {
      {"date", now.date}, {"time", now.time}, {"message", message}, {"status", status}};
  return result;
}

}  // namespace

void ResultBuilder::add(const contract::StatusLine& line) {
  replace_if_said(date_, line.date);
  replace_if_said(time_, line.time);
  replace_if_said(message_, line.message);
  status_ = line.status;
  if (line.status == contract::WorkerStatus::started && line.epoch) {
    go_back_to(*line.epoch);
  }
  replace_if_said(epoch_, line.epoch);
  replace_if_said(cur_epoch_, line.cur_epoch);
  replace_if_said(max_epoch_, line.max_epoch);
  replace_if_said(time_per_epoch_, line.time_per_epoch);
  replace_if_said(eta_, line.eta);

  add_graphical(line.graphical);
  for (const auto& [metric, categories] : line.categorical.items()) {
    if (!categories.is_object()) {
      continue;
    }
    Json& kept = categorical_[metric] = Json::object();
    for (const auto& [category, value] : categories.items()) {
      kept[category] = or_null(contract::metric_number(value));
    }
  }
  for (const auto& [metric, value] : line.kpi.items()) {
    if (const auto number = contract::metric_number(value_of(value));
        number && line.mode != "train") {
      kpi_[metric] = *number;
    }
  }
  for (const auto& [metric, value] : line.stats.items()) {
    stats_[metric] = value.is_string() ? value : Json(to_text(value));
  }
}

void ResultBuilder::add_graphical(const Json& metrics) {
  for (const auto& [metric, said] : metrics.items()) {
    auto found = std::ranges::find(graphical_, metric, &std::pair<std::string, Curve>::first);
    if (found == graphical_.end()) {
      found = graphical_.insert(graphical_.end(), {metric, {}});
    }
    Curve& curve = found->second;
    curve.points.try_emplace(epoch_.value_or(before_first_epoch),
                             or_null(contract::metric_number(value_of(said))));
    for (const char* axis : {"x_min", "x_max", "y_min", "y_max", "units"}) {
      if (said.is_object() && said.contains(axis)) {
        curve.axes[axis] = said[axis];
      }
    }
  }
}

void ResultBuilder::go_back_to(std::int64_t epoch) {
  for (auto& [metric, curve] : graphical_) {
    curve.points.erase(curve.points.upper_bound(epoch), curve.points.end());
  }
  std::erase_if(graphical_, [](const auto& metric) { return metric.second.points.empty(); });
}

Json ResultBuilder::describe(const std::string& metric, const Curve& curve) {
  Json values = Json::array();
  std::optional<double> maximum;
  for (const auto& [epoch, value] : curve.points) {
    if (value.is_number()) {
      maximum = std::max(maximum.value_or(value.get<double>()), value.get<double>());
    }
    values.push_back(value);
  }
  Json described = {{"metric", metric},
                    {"x_min", curve.points.begin()->first},
                    {"x_max", curve.points.rbegin()->first},
                    {"y_min", 0},
                    {"y_max", maximum.value_or(unknown_maximum)},
                    {"values", std::move(values)},
                    {"units", nullptr}};
  described.update(curve.axes);
  return described;
}

Json ResultBuilder::result() const {
  Json graphical = Json::array();
  for (const auto& [metric, curve] : graphical_) {
    graphical.push_back(describe(metric, curve));
  }
  return {
      {"detailed_status",
       {{"date", date_},
        {"time", time_},
        {"message", message_},
        {"status", status_ ? contract::name_of(*status_) : ""}}},
      {"graphical", std::move(graphical)},
      {"categorical", categorical_list(categorical_)},
      {"kpi", as_list(kpi_)},
      {"stats", as_list(stats_)},
      {"epoch", or_null(epoch_)},
      {"cur_epoch", or_null(cur_epoch_)},
      {"max_epoch", or_null(max_epoch_)},
      {"time_per_epoch", or_null(time_per_epoch_)},
      {"eta", or_null(eta_)},
  };
}

Json waiting_result(Json result, const std::string& reason) {
  return with_outcome(std::move(result), "", reason);
}

Json failed_result(Json result, const std::string& message) {
  return with_outcome(
      std::move(result), contract::name_of(contract::WorkerStatus::failure), message);
}

}  // namespace athanor::jobs
