#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::prune {

/// How many channels a layer takes and gives; a batch norm as many as it takes.
struct LayerWidths {
  std::int64_t in = 0;
  std::int64_t out = 0;

  [[nodiscard]] bool operator==(const LayerWidths&) const = default;
};

using Layers = std::map<std::string, std::shared_ptr<torch::nn::Module>>;

/// "layer1.0.conv1" of its tensor "layer1.0.conv1.weight".
[[nodiscard]] std::string layer_of(const std::string& tensor);

/// The layers of a module whose widths can change, by their dotted names: convolutions of two
/// dimensions, transposed ones, batch norms and linear layers.
[[nodiscard]] Layers adjustable_layers(const torch::nn::Module& module);

/// Whether such a layer has a filter for each channel that it takes, or several.
[[nodiscard]] bool is_depthwise(const torch::nn::Module& layer);

[[nodiscard]] LayerWidths widths_of(const torch::nn::Module& layer);

/// Makes the options of a layer tell what the shapes of its tensors say.
void adopt_shapes(torch::nn::Module& layer);

/// Narrows a layer; its first channels keep their weights, and a width of 0 stays what it is.
/// invalid_argument where the layer has fewer, or cannot have such widths.
[[nodiscard]] Status set_widths(torch::nn::Module& layer, const LayerWidths& wanted);

}  // namespace athanor::prune
