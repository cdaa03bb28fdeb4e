#include "athanor/engine/precision_search.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::engine {

namespace {

constexpr std::size_t most_layers_named = 5;
/// Metrics are quotients of counts; rounding must not decide.
constexpr double rounding = 1e-9;

std::vector<LayerError> rank_layers(MixedPrecisionModel& model) {
  std::vector<LayerError> errors;
  for (const auto& layer : model.layers()) {
    errors.push_back({layer, model.output_error(layer)});
  }
  std::ranges::stable_sort(errors, std::ranges::greater{}, &LayerError::output_error);
  return errors;
}

MixedPrecisionModel::Layers worst_layers(const std::vector<LayerError>& errors, std::size_t count) {
  MixedPrecisionModel::Layers layers;
  for (std::size_t i = 0; i < count; ++i) {
    layers.insert(errors[i].layer);
  }
  return layers;
}

[[noreturn]] void refuse(const PrecisionBudget& budget,
                         double in_int8,
                         double best,
                         std::size_t in_float,
                         const std::vector<LayerError>& errors) {
  std::vector<std::string> named;
  for (std::size_t i = 0; i < std::min(errors.size(), most_layers_named); ++i) {
    named.push_back(fmt::format("{} by {:.2f} %", errors[i].layer, 100 * errors[i].output_error));
  }
  throw std::runtime_error(fmt::format(
      "int8 costs more than athanor.accuracy_budget allows: the metric falls from {:.2f} to {:.2f} "
      "points, and to {:.2f} with {} of {} layers in float; {:.2f} may be lost. The layers that "
      "change the outputs most: {}. Take fp32, raise the budget, or calibrate with more pictures "
      "or another athanor.calibration_method",
      budget.float_metric,
      in_int8,
      best,
      in_float,
      errors.size(),
      budget.points,
      fmt::join(named, ", ")));
}

/// The search among the worst k layers.
class Search {
 public:
  Search(MixedPrecisionModel& model, const PrecisionBudget& budget)
      : model_(model), least_metric_(budget.float_metric - budget.points - rounding) {}

  bool holds(std::size_t count) {
    last_ = model_.metric(worst_layers(errors, count));
    if (last_ < least_metric_) {
      return false;
    }
    found_ = last_;
    return true;
  }

  /// The fewest of 1 to `most` that hold, by doubling; 0 where none does.
  std::size_t double_up(std::size_t most) {
    for (std::size_t count = 1; count < most; count *= 2) {
      if (holds(count)) {
        return count;
      }
      failed_ = count;
    }
    return most > 0 && holds(most) ? most : 0;
  }

  /// Between what failed last and what holds.
  std::size_t bisect(std::size_t good) {
    while (good - failed_ > 1) {
      const auto middle = failed_ + (good - failed_) / 2;
      (holds(middle) ? good : failed_) = middle;
    }
    return good;
  }

  [[nodiscard]] double found() const { return found_; }

  [[nodiscard]] double last() const { return last_; }

  std::vector<LayerError> errors;  ///< The worst first.

 private:
  MixedPrecisionModel& model_;
  double least_metric_;
  std::size_t failed_ = 0;  ///< So many layers in float were too few.
  double found_ = 0;        ///< The metric of the fewest that held.
  double last_ = 0;
};

}  // namespace

PrecisionPlan find_precision(MixedPrecisionModel& model, const PrecisionBudget& budget) {
  Search search(model, budget);
  if (search.holds(0)) {
    return {.in_float = {}, .metric = search.found(), .errors = {}};
  }
  const double in_int8 = search.last();
  search.errors = rank_layers(model);
  const auto most =
      static_cast<std::size_t>(budget.float_share * static_cast<double>(search.errors.size()));
  const auto good = search.double_up(most);
  if (good == 0) {
    refuse(budget, in_int8, search.last(), most, search.errors);
  }
  const auto fewest = search.bisect(good);
  return {worst_layers(search.errors, fewest), search.found(), std::move(search.errors)};
}

}  // namespace athanor::engine
