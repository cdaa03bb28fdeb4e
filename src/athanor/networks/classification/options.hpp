#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "athanor/backbones/backbone.hpp"
#include "athanor/data/augmentation.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/optimizer.hpp"
#include "athanor/engine/regularizer.hpp"
#include "athanor/engine/schedule.hpp"
#include "athanor/spec/spec_view.hpp"

/// What the specs of classification say, as types. Values that contradict each other throw
/// std::invalid_argument naming the parameter and the mend.
namespace athanor::networks::classification {

/// How a pass over evaluation or inference data is done.
struct EvaluationOptions {
  std::int64_t batch_size = 256;
  int workers = 2;
  bool center_crop = true;
  std::int64_t top_k = 3;

  bool operator==(const EvaluationOptions&) const = default;
};

struct TrainOptions {
  backbones::BackboneOptions backbone;  ///< num_classes is left for the data to say.
  std::vector<std::int64_t> frozen_blocks;
  bool freeze_batch_norm = false;
  bool retain_head = false;
  data::Preprocessing preprocessing;
  data::Augmentation augmentation;
  double label_smoothing = 0;
  double mixup_alpha = 0;
  std::int64_t epochs = 80;
  std::int64_t batch_size = 64;
  int workers = 2;
  std::uint64_t seed = 42;
  engine::OptimizerOptions optimizer;
  std::optional<engine::Schedule> schedule;
  engine::Regularizer regularizer;
  EvaluationOptions validation;
};

[[nodiscard]] TrainOptions read_train_options(const spec::SpecView& spec);

/// From the spec of evaluate or inference. The latter has no top_k; the default stands in.
[[nodiscard]] EvaluationOptions read_evaluation_options(const spec::SpecView& spec);

}  // namespace athanor::networks::classification
