#pragma once

#include <memory>
#include <string>
#include <vector>

#include "athanor/backbones/backbone.hpp"
#include "athanor/core/json.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/checkpoint.hpp"

namespace athanor::networks::classification {

/// A classifier and all that its use needs.
struct Model {
  backbones::BackboneOptions options;
  data::Preprocessing preprocessing;
  std::vector<std::string> classes;  ///< In the order of the logits.
  std::shared_ptr<backbones::Backbone> backbone;
};

/// Builds the backbone with fresh weights from torch's generator. Throws std::invalid_argument
/// where the options describe none.
[[nodiscard]] Model make_model(const backbones::BackboneOptions& options,
                               const data::Preprocessing& preprocessing,
                               std::vector<std::string> classes);

/// What a checkpoint keeps of a model beside its weights.
[[nodiscard]] Json describe(const Model& model);

/// The model of a checkpoint, with its weights, in evaluation mode. Throws std::runtime_error
/// where the description or the weights do not fit, or the latter cannot be opened.
[[nodiscard]] Model load_model(const engine::Checkpoint& checkpoint);

[[nodiscard]] Json to_json(const backbones::BackboneOptions& options);
[[nodiscard]] backbones::BackboneOptions backbone_from_json(const Json& json);

}  // namespace athanor::networks::classification
