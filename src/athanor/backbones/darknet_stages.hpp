#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "athanor/backbones/backbone.hpp"
#include "athanor/backbones/layer_maker.hpp"

namespace athanor::backbones {

/// What a stage of a darknet is to be.
struct DarknetStage {
  std::size_t index = 0;   ///< From 0.
  ConvShape entry;         ///< Of its first convolution, which has the channels of the stage.
  std::int64_t pairs = 0;  ///< None in the first stage of the shallow darknets.
  bool residual = false;   ///< Whether its pairs have shortcuts.

  /// Its channels at full width.
  [[nodiscard]] std::int64_t published() const { return std::int64_t{64} << index; }
};

using MakeDarknetStage =
    std::function<torch::nn::AnyModule(const DarknetStage& stage, const LayerMaker& make)>;

/// A stem, five stages called layer1 to layer5 and a linear head, in the depths 19 and 53; what a
/// stage consists of tells the darknets apart.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_staged_darknet(
    const BackboneOptions& options, const MakeDarknetStage& make_stage);

}  // namespace athanor::backbones
