#include "athanor/engine/rate_search.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "athanor/engine/job.hpp"
#include "athanor/engine/rollback.hpp"
#include "athanor/engine/seeding.hpp"

namespace athanor::engine {

namespace {

/// A loss this many times the least one has exploded.
constexpr double explosion = 4;
/// The first steps make the mean; they are neither least nor exploded.
constexpr std::size_t settling_steps = 10;
constexpr double smoothing = 0.8;

/// The smoothed losses, without the bias of their start.
class Smoothed {
 public:
  double add(double loss) {
    mean_ = smoothing * mean_ + (1 - smoothing) * loss;
    weight_ = smoothing * weight_ + (1 - smoothing);
    return mean_ / weight_;
  }

 private:
  double mean_ = 0;
  double weight_ = 0;
};

/// The point of the least smoothed loss, once the mean has settled.
std::optional<RatePoint> least_loss(const RateCurve& curve) {
  if (curve.points.size() <= settling_steps) {
    return std::nullopt;
  }
  return *std::min_element(curve.points.begin() + settling_steps,
                           curve.points.end(),
                           [](const auto& a, const auto& b) { return a.smoothed < b.smoothed; });
}

}  // namespace

RateCurve search_learning_rate(TrainingTask& task, const RateSearchOptions& options) {
  auto& module = task.module();
  const Rollback rollback(module);
  const auto optimizer = make_optimizer(options.optimizer, options.regularizer, module);
  const auto l1_kernels = options.regularizer.penalty == Penalty::l1
                              ? regularized_kernels(options.regularizer, module)
                              : std::vector<torch::Tensor>{};
  const double growth = std::pow(options.highest / options.lowest, 1.0 / (options.steps - 1));
  const auto batches = task.batches_per_epoch();
  RateCurve curve;
  Smoothed smoothed;
  module.train();
  double rate = options.lowest;
  for (int step = 0; step < options.steps; ++step, rate *= growth) {
    if (options.stop.stop_requested()) {
      throw Stopped("Stopped in the search for a learning rate; a resumed job begins it anew");
    }
    seed_torch({options.seed, 0, static_cast<std::uint32_t>(step), data::RandomUse::layers});
    set_learning_rate(*optimizer, rate);
    module.zero_grad(/*set_to_none=*/true);
    const auto index = static_cast<std::size_t>(step);
    const auto batch = task.load(1 + static_cast<std::uint32_t>(index / batches), index % batches);
    const auto loss = task.step(batch).loss;
    const auto value = loss.item<double>();
    const auto mean = smoothed.add(value);
    const auto least = least_loss(curve);
    if (!std::isfinite(value) || (least && mean > explosion * least->smoothed)) {
      break;
    }
    curve.points.push_back({rate, value, mean});
    loss.backward();
    add_l1_gradient(options.regularizer, l1_kernels);
    optimizer->step();
  }
  const auto least = least_loss(curve);
  curve.suggestion = least ? least->learning_rate / 10 : options.lowest;
  return curve;
}

std::string to_csv(const RateCurve& curve) {
  std::string text = "learning_rate,loss,smoothed_loss\n";
  for (const auto& point : curve.points) {
    text += fmt::format("{:.6g},{:.6g},{:.6g}\n", point.learning_rate, point.loss, point.smoothed);
  }
  return text;
}

}  // namespace athanor::engine
