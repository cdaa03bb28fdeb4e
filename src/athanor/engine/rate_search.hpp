#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "athanor/engine/optimizer.hpp"
#include "athanor/engine/regularizer.hpp"
#include "athanor/engine/training_task.hpp"

namespace athanor::engine {

/// What a training does about its learning rate before it begins.
enum class RateSearch {
  off,
  report,  ///< Searches and tells.
  use,     ///< Searches and trains with what it found.
};

/// The loss at one of the rates that were tried.
struct RatePoint {
  double learning_rate = 0;
  double loss = 0;
  double smoothed = 0;  ///< Over the steps before.
};

/// How the loss answers to growing learning rates (Smith, "Cyclical learning rates for training
/// neural networks", 2017).
struct RateCurve {
  std::vector<RatePoint> points;
  /// A tenth of the rate at which the smoothed loss was least.
  double suggestion = 0;
};

struct RateSearchOptions {
  OptimizerOptions optimizer = {};
  Regularizer regularizer = {};
  std::uint64_t seed = 42;
  double lowest = 1e-6;
  double highest = 1;
  int steps = 60;
  std::stop_token stop = {};
};

/// Trains a few steps at rates that grow from step to step, until the loss explodes, then gives the
/// module back what it held before. The same arguments give the same curve. Throws Stopped where it
/// is asked to stop: there is nothing to keep of it.
[[nodiscard]] RateCurve search_learning_rate(TrainingTask& task, const RateSearchOptions& options);

/// The rows of lr_finder.csv.
[[nodiscard]] std::string to_csv(const RateCurve& curve);

}  // namespace athanor::engine
