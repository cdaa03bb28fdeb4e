#include "athanor/engine/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace athanor::engine {

namespace {

double rate(const StepRate& step, double progress) {
  return step.learning_rate * std::pow(step.gamma, progress * 100 / step.step_size);
}

double rate(const SoftAnnealRate& anneal, double progress) {
  constexpr double first_rate = 3e-4;
  if (progress < anneal.soft_start) {
    return first_rate + (anneal.learning_rate - first_rate) * progress / anneal.soft_start;
  }
  const auto passed = std::count_if(anneal.annealing_points.begin(),
                                    anneal.annealing_points.end(),
                                    [progress](double point) { return progress > point; });
  return anneal.learning_rate / std::pow(anneal.annealing_divider, static_cast<double>(passed));
}

double rate(const CosineRate& cosine, double progress) {
  const double lowest = cosine.learning_rate * cosine.min_lr_ratio;
  const double range = cosine.learning_rate - lowest;
  if (progress < cosine.soft_start) {
    return lowest + range * progress / cosine.soft_start;
  }
  return lowest + range * (1 + std::cos(std::numbers::pi * (progress - cosine.soft_start))) / 2;
}

double rate(const SoftStartAnnealingRate& soft, double progress) {
  double height = 1;
  if (progress < soft.soft_start) {
    height = progress / soft.soft_start;
  } else if (progress > soft.annealing) {
    height = (1 - progress) / (1 - soft.annealing);
  }
  const double low = std::log(soft.min_learning_rate);
  return std::exp(low + height * (std::log(soft.max_learning_rate) - low));
}

/// The highest rate of a kind of schedule, to be read or moved.
auto& peak_in(auto& kind) {
  if constexpr (requires { kind.max_learning_rate; }) {
    return kind.max_learning_rate;
  } else {
    return kind.learning_rate;
  }
}

}  // namespace

double learning_rate_at(const Schedule& schedule, std::int64_t step, std::int64_t total_steps) {
  const double progress =
      static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(total_steps, 1));
  return std::visit([progress](const auto& kind) { return rate(kind, progress); }, schedule);
}

double peak_of(const Schedule& schedule) {
  return std::visit([](const auto& kind) { return peak_in(kind); }, schedule);
}

void set_peak(Schedule& schedule, double learning_rate) {
  std::visit([learning_rate](auto& kind) { peak_in(kind) = learning_rate; }, schedule);
  if (auto* soft = std::get_if<SoftStartAnnealingRate>(&schedule)) {
    soft->min_learning_rate = std::min(soft->min_learning_rate, learning_rate);
  }
}

}  // namespace athanor::engine
