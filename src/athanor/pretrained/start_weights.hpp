#pragma once

#include <cstddef>
#include <string>

#include "athanor/backbones/backbone.hpp"
#include "athanor/core/error.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::pretrained {

/// What became of pretrained weights in a model that starts from them.
struct StartReport {
  std::size_t loaded = 0;   ///< Tensors of the model that come from the file...
  std::size_t tensors = 0;  ///< ...of so many.
  std::string classifier;   ///< Its last layer: "fc"; empty where it has none.
  bool classifier_kept = false;
  std::size_t folded_norms = 0;  ///< Went into convolutions, since the model has no batch norms.
};

/// Loads weights into a backbone built from `options`. Its head starts fresh unless
/// options.retain_head; then only the last layer does, if theirs has another shape. What may differ
/// besides, since the model computes the same at first: extra projections on shortcuts (they start
/// as the identity), biases of convolutions (they start at 0) and batch norms folded away. Anything
/// else that does not fit is invalid_argument naming it, and the backbone is as before.
[[nodiscard]] Result<StartReport> start_from(tensor::NamedTensors weights,
                                             const backbones::BackboneOptions& options,
                                             backbones::Backbone& backbone);

}  // namespace athanor::pretrained
