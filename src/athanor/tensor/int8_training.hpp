#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "athanor/tensor/torch.hpp"

/// Training that knows of int8 (quantisation-aware, Jacob et al., 2018): in every step, layers see
/// weights and inputs as an engine in int8 has them, and gradients pass as if nothing had been
/// rounded. What is trained, evaluated and exported stays the network in float; its weights get
/// used to the rounding.
namespace athanor::tensor {

/// Has every two-dimensional convolution and linear layer of `module` trained so and returns how
/// many there are. Each gets a buffer for the range of its input. To be called once, before
/// anything is loaded into the module.
std::size_t train_for_int8(torch::nn::Module& module);

/// Whether a tensor of that name is a buffer of train_for_int8(): [smallest, largest] of what its
/// layer reads, both 0 where nothing has passed it in training.
[[nodiscard]] bool is_int8_range(std::string_view tensor_name);

/// The name of the weights of that layer: "conv1.weight" for "conv1.input_range".
[[nodiscard]] std::string weight_of_int8_range(std::string_view range_tensor);

/// A layer as int8 has it, while this lives: in training, after train_for_int8(). Any other layer
/// is left as it is. `Layer` is a Conv2dImpl or a LinearImpl.
template <class Layer>
class AsInt8 {
 public:
  /// Takes in the range of `input`, what the layer is about to read.
  AsInt8(Layer& layer, const torch::Tensor& input);
  ~AsInt8();

  AsInt8(const AsInt8&) = delete;
  AsInt8& operator=(const AsInt8&) = delete;

  /// What the layer is to read instead.
  [[nodiscard]] const torch::Tensor& input() const { return input_; }

 private:
  Layer& layer_;
  torch::Tensor weight_;  ///< The layer's own, where another stands in for it.
  torch::Tensor input_;
};

extern template class AsInt8<torch::nn::Conv2dImpl>;
extern template class AsInt8<torch::nn::LinearImpl>;

}  // namespace athanor::tensor
