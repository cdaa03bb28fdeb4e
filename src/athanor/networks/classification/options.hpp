#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/backbones/backbone.hpp"
#include "athanor/batches/picture_batches.hpp"
#include "athanor/data/augmentation.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/trainer.hpp"
#include "athanor/spec/spec_view.hpp"

/// What the specs of classification say, as types. Values that contradict each other were refused
/// by preflight::check_spec() before.
namespace athanor::networks::classification {

/// How a pass over evaluation or inference data is done.
struct EvaluationOptions {
  data::ReadingOptions reading;
  std::int64_t top_k = 3;
  std::string label_column;  ///< Of a dataset of format custom.

  bool operator==(const EvaluationOptions&) const = default;
};

/// Factors on the loss of single classes.
struct ClassWeighting {
  bool balanced = false;                  ///< In inverse proportion to the pictures of each class.
  std::map<std::string, double> factors;  ///< By class; 1 where there is none.

  bool operator==(const ClassWeighting&) const = default;
};

/// What of a backbone does not learn.
struct Frozen {
  std::vector<std::int64_t> blocks;
  bool batch_norms = false;

  bool operator==(const Frozen&) const = default;
};

struct TrainOptions {
  backbones::BackboneOptions backbone;  ///< num_classes is left for the data to say.
  Frozen frozen;
  data::Preprocessing preprocessing;
  data::Augmentation augmentation;
  double label_smoothing = 0;
  double mixup_alpha = 0;
  std::int64_t batch_size = 64;
  bool auto_batch_size = false;
  engine::TrainingOptions training;  ///< The names in it are left for the network to say.
  ClassWeighting class_weighting;
  std::string monitor = "validation_accuracy";
  std::string label_column;
  EvaluationOptions validation;
};

/// What stands below model_config; the rows of multitask_classification have the same paths.
[[nodiscard]] data::Preprocessing read_preprocessing(const spec::SpecView& spec);
[[nodiscard]] backbones::BackboneOptions read_backbone(const spec::SpecView& spec,
                                                       const data::Preprocessing& preprocessing);
[[nodiscard]] Frozen read_frozen(const spec::SpecView& spec);

/// A list of {key, value} objects with a number for each name: weights of classes or tasks.
[[nodiscard]] std::map<std::string, double> read_factors(const spec::SpecView& spec,
                                                         spec::Key<Json> key);

/// What stands below athanor for every training: stopping early, checkpoints and the like.
void read_training_aids(const spec::SpecView& spec, engine::TrainingOptions& training);

[[nodiscard]] TrainOptions read_train_options(const spec::SpecView& spec);

/// Paths to which the spec of a training of `network` gives other values than their defaults,
/// although the backbone heeds none.
[[nodiscard]] std::vector<std::string_view> unheeded_parameters(
    const spec::SpecView& spec,
    const backbones::BackboneOptions& backbone,
    std::string_view network = "classification");

/// From the spec of evaluate or inference.
[[nodiscard]] EvaluationOptions read_evaluation_options(const spec::SpecView& spec);

/// As the training with this spec validated; the defaults where it is not known (null).
[[nodiscard]] EvaluationOptions read_validation_options(const Json& trained_with);

}  // namespace athanor::networks::classification
