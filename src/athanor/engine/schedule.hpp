#pragma once

#include <cstdint>
#include <variant>
#include <vector>

namespace athanor::engine {

/// base * gamma^(progress / (step_size / 100)): a smooth decay by gamma for each step_size percent
/// of the training.
struct StepRate {
  double learning_rate = 0.06;
  double step_size = 10;  ///< Percent of all steps.
  double gamma = 0.1;

  bool operator==(const StepRate&) const = default;
};

/// Rises linearly from 3e-4 during the share `soft_start` of the training, then is divided by
/// `annealing_divider` at each of `annealing_points`.
struct SoftAnnealRate {
  double learning_rate = 0.05;
  double soft_start = 0.056;
  double annealing_divider = 10;
  std::vector<double> annealing_points = {0.3, 0.6, 0.8};

  bool operator==(const SoftAnnealRate&) const = default;
};

/// Rises linearly from learning_rate * min_lr_ratio during `soft_start`, then falls back to it
/// along half a cosine.
struct CosineRate {
  double learning_rate = 0.05;
  double min_lr_ratio = 0;
  double soft_start = 0;

  bool operator==(const CosineRate&) const = default;
};

/// Rises from min to max during `soft_start`, stays, and falls back after `annealing`; both ways
/// along an exponential.
struct SoftStartAnnealingRate {
  double min_learning_rate = 1e-6;
  double max_learning_rate = 1e-2;
  double soft_start = 0.1;
  double annealing = 0.7;

  bool operator==(const SoftStartAnnealingRate&) const = default;
};

using Schedule = std::variant<StepRate, SoftAnnealRate, CosineRate, SoftStartAnnealingRate>;

/// The learning rate of step `step` of `total_steps`, counted from 0.
[[nodiscard]] double learning_rate_at(const Schedule& schedule,
                                      std::int64_t step,
                                      std::int64_t total_steps);

/// The highest rate of the schedule.
[[nodiscard]] double peak_of(const Schedule& schedule);

/// Moves it; shares and ratios stay.
void set_peak(Schedule& schedule, double learning_rate);

}  // namespace athanor::engine
