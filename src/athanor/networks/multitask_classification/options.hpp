#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "athanor/backbones/backbone.hpp"
#include "athanor/batches/picture_batches.hpp"
#include "athanor/data/augmentation.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/trainer.hpp"
#include "athanor/networks/classification/options.hpp"
#include "athanor/spec/spec_view.hpp"

/// What the specs of multitask_classification say, as types. Values that contradict each other were
/// refused by preflight::check_spec() before.
namespace athanor::networks::multitask_classification {

struct TrainOptions {
  backbones::BackboneOptions backbone;  ///< Without a head of its own.
  bool imagenet_head = false;
  classification::Frozen frozen;
  data::Preprocessing preprocessing;
  data::Augmentation augmentation;
  std::int64_t batch_size = 32;
  bool auto_batch_size = false;
  bool wants_processes = false;      ///< To read in; threads do it all the same.
  engine::TrainingOptions training;  ///< The names in it are left for the network to say.
  std::string monitor = "validation_accuracy";
  bool train_for_int8 = false;
  std::map<std::string, double> task_weights;  ///< By task; 1 where there is none.
  bool balanced_classes = false;  ///< Within each task, by the labels that each class has.
  /// By task and class; 1 where there is none.
  std::map<std::string, std::map<std::string, double>> class_weights;
};

[[nodiscard]] TrainOptions read_train_options(const spec::SpecView& spec);

/// From the spec of evaluate, inference or confmat.
[[nodiscard]] data::ReadingOptions read_reading_options(const spec::SpecView& spec);

}  // namespace athanor::networks::multitask_classification
