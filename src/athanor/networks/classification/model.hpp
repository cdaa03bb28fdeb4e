#pragma once

#include <memory>
#include <string>
#include <vector>

#include "athanor/backbones/backbone.hpp"
#include "athanor/core/json.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/checkpoint.hpp"
#include "athanor/networks/classification/options.hpp"
#include "athanor/prune/topology.hpp"

namespace athanor::networks::classification {

/// A classifier and all that its use needs.
struct Model {
  backbones::BackboneOptions options;
  data::Preprocessing preprocessing;
  std::vector<std::string> classes;  ///< In the order of the logits.
  std::shared_ptr<backbones::Backbone> backbone;
  prune::Topology topology;  ///< What pruning left of the backbone.
};

/// The backbone for pictures of this size. Throws std::invalid_argument naming the parameter where
/// there is no such backbone or the pictures are too small for it.
[[nodiscard]] std::shared_ptr<backbones::Backbone> make_backbone_for(
    const backbones::BackboneOptions& options, const data::Preprocessing& size);

/// Keeps what is frozen from learning. Throws std::invalid_argument where the backbone has no such
/// block.
void freeze(backbones::Backbone& backbone, const Frozen& frozen);

/// Builds the backbone with fresh weights from torch's generator. Throws std::invalid_argument
/// where the options describe none.
[[nodiscard]] Model make_model(const backbones::BackboneOptions& options,
                               const data::Preprocessing& preprocessing,
                               std::vector<std::string> classes);

/// Gives a module that was just built from a checkpoint's description the widths that pruning left.
/// Throws std::runtime_error where they do not fit.
[[nodiscard]] prune::Topology adopt_topology(const Json& description, torch::nn::Module& module);

/// What a checkpoint keeps of a model beside its weights.
[[nodiscard]] Json describe(const Model& model);

/// The model of a checkpoint, with its weights, in evaluation mode. Throws std::runtime_error
/// where the description or the weights do not fit, or the latter cannot be opened.
[[nodiscard]] Model load_model(const engine::Checkpoint& checkpoint);

/// The backbone of a trained parent, of which a retraining chooses dropout and batch norms anew.
/// Throws std::invalid_argument where the parent takes other channels.
[[nodiscard]] backbones::BackboneOptions backbone_after(const engine::Checkpoint& parent,
                                                        const backbones::BackboneOptions& asked);

/// The model of a trained parent, to be trained on with other classes or pixels. Topology and
/// weights are the parent's; where `classes` are as many as its own, those of the last layer too.
/// Returns in training mode. Throws std::invalid_argument where the parent takes other channels.
[[nodiscard]] Model continue_model(const engine::Checkpoint& parent,
                                   const backbones::BackboneOptions& options,
                                   const data::Preprocessing& preprocessing,
                                   std::vector<std::string> classes);

[[nodiscard]] Json to_json(const backbones::BackboneOptions& options);
[[nodiscard]] backbones::BackboneOptions backbone_from_json(const Json& json);

}  // namespace athanor::networks::classification
