#pragma once

#include <set>
#include <string>
#include <vector>

namespace athanor::engine {

/// A model of which every layer can compute in int8 or in float.
class MixedPrecisionModel {
 public:
  using Layers = std::set<std::string>;

  virtual ~MixedPrecisionModel() = default;

  /// The layers that can compute in int8, in the order of the graph.
  [[nodiscard]] virtual std::vector<std::string> layers() const = 0;

  /// The metric on the evaluation data, in points (0 to 100, more is better), with these layers in
  /// float and the others in int8. Slow: it builds an engine and runs it on all of them.
  [[nodiscard]] virtual double metric(const Layers& in_float) = 0;

  /// How far the outputs move when this layer alone computes in int8: the norm of the difference
  /// over the norm of the outputs. Quicker than metric().
  [[nodiscard]] virtual double output_error(const std::string& layer) = 0;
};

/// What int8 may cost.
struct PrecisionBudget {
  double float_metric = 0;  ///< Of the model in float, in points.
  double points = 1;        ///< The metric may fall by so much.
  /// Share of the layers that may stay in float; beyond it, what is left is no int8 engine.
  double float_share = 0.5;
};

struct LayerError {
  std::string layer;
  double output_error = 0;
};

/// What a search found.
struct PrecisionPlan {
  MixedPrecisionModel::Layers in_float;
  double metric = 0;  ///< Of the model so divided, in points.
  std::vector<LayerError>
      errors;  ///< The worst first; empty where int8 everywhere was good enough.
};

/// Looks for few layers to be left in float, such that the metric falls by no more than the budget.
/// Where int8 everywhere costs too much, the layers are ranked by what they do to the outputs, and
/// the worst of them stay in float: 1, 2, 4 and so on until the metric is good enough, then fewer
/// by bisection. With n layers that is n times output_error() and at most 2 log2(n) + 3 times
/// metric(); what it returns was measured. Throws std::runtime_error, naming the layers that hurt
/// most and what was measured, where the budget does not hold with as many in float as may be.
[[nodiscard]] PrecisionPlan find_precision(MixedPrecisionModel& model,
                                           const PrecisionBudget& budget);

}  // namespace athanor::engine
