#pragma once

#include <memory>
#include <vector>

#include "athanor/backbones/backbone.hpp"
#include "athanor/backbones/chain.hpp"
#include "athanor/core/json.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/checkpoint.hpp"
#include "athanor/networks/multitask_classification/data.hpp"
#include "athanor/prune/topology.hpp"

namespace athanor::networks::multitask_classification {

/// What is above the backbone for one task: two 3x3 convolutions with batch norm, or none of them,
/// then a global average pool and a linear layer.
class Head : public torch::nn::Module {
 public:
  Head(std::int64_t in_channels,
       std::int64_t classes,
       bool with_convolutions,
       const backbones::BackboneOptions& options);

  /// A feature map [N, C, H, W] to logits [N, classes].
  torch::Tensor forward(const torch::Tensor& features);

 private:
  double dropout_;
  backbones::Chain convolutions_{nullptr};
  torch::nn::Linear fc_{nullptr};
};

/// A backbone with a head for each task: parameters backbone.* and heads.<index>.*, in the order of
/// the tasks.
class MultitaskNet : public torch::nn::Module {
 public:
  MultitaskNet(std::shared_ptr<backbones::Backbone> backbone,
               const std::vector<Task>& tasks,
               bool imagenet_head,
               const backbones::BackboneOptions& options);

  /// Pictures [N, C, H, W] to logits [N, classes] for each task.
  std::vector<torch::Tensor> forward(const torch::Tensor& pictures);

  [[nodiscard]] backbones::Backbone& backbone() { return *backbone_; }

 private:
  std::shared_ptr<backbones::Backbone> backbone_;
  std::vector<std::shared_ptr<Head>> heads_;
};

/// A classifier of several tasks and all that its use needs.
struct Model {
  backbones::BackboneOptions options;
  bool imagenet_head = false;
  data::Preprocessing preprocessing;
  std::vector<Task> tasks;
  std::shared_ptr<MultitaskNet> net;
  prune::Topology topology;  ///< What pruning left of the net.
};

/// Fresh weights from torch's generator. Throws std::invalid_argument where the options describe no
/// backbone.
[[nodiscard]] Model make_model(const backbones::BackboneOptions& options,
                               bool imagenet_head,
                               const data::Preprocessing& preprocessing,
                               std::vector<Task> tasks);

/// What a checkpoint keeps of a model beside its weights.
[[nodiscard]] Json describe(const Model& model);

/// The tasks of a model description.
[[nodiscard]] std::vector<Task> tasks_in(const Json& description);

/// The model of a checkpoint, with its weights, in evaluation mode. Throws std::runtime_error
/// where the description or the weights do not fit.
[[nodiscard]] Model load_model(const engine::Checkpoint& checkpoint);

/// The model of a trained parent, to be trained on. Throws std::invalid_argument where the tasks or
/// the channels are not the parent's.
[[nodiscard]] Model continue_model(const engine::Checkpoint& parent,
                                   const TrainOptions& options,
                                   const std::vector<Task>& tasks);

}  // namespace athanor::networks::multitask_classification
