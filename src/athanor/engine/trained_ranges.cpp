#include "athanor/engine/trained_ranges.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "athanor/compile/onnx_names.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/tensor/int8_training.hpp"
#include "athanor/tensor/safetensors.hpp"

namespace athanor::engine {

namespace {

compile::ActivationRange activation_range(const torch::Tensor& seen) {
  const auto smallest = seen[0].item<float>();
  const auto largest = seen[1].item<float>();
  return {smallest, largest, std::max(-smallest, largest)};
}

}  // namespace

tensor::NamedTensors read_trained_ranges(const Checkpoint& checkpoint) {
  auto file = value_or_throw(tensor::read_safetensors(checkpoint.weights, checkpoint.key));
  std::erase_if(file.tensors, [](const auto& named) { return !tensor::is_int8_range(named.name); });
  return std::move(file.tensors);
}

compile::ActivationRanges trained_ranges_of(const tensor::NamedTensors& trained,
                                            std::string_view onnx) {
  const auto inputs = value_or_throw(compile::inputs_by_weights(onnx));
  compile::ActivationRanges ranges;
  for (const auto& [name, seen] : trained) {
    const auto input = inputs.find(tensor::weight_of_int8_range(name));
    const auto range = activation_range(seen);
    if (input != inputs.end() && range.threshold > 0) {
      // Layers that read the same tensor have followed the same numbers.
      ranges[input->second] = range;
    }
  }
  return ranges;
}

}  // namespace athanor::engine
