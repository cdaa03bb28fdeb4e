#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

enum class Penalty { none, l1, l2 };

/// A penalty on the kernels (never on biases or norms) of some kinds of layers. As in Keras, L2
/// adds weight * sum(w^2) to the loss, so its gradient is 2 * weight * w.
struct Regularizer {
  Penalty penalty = Penalty::none;
  double weight = 0;
  bool convolutions = true;
  bool dense_layers = true;

  bool operator==(const Regularizer&) const = default;
};

/// Sets the layers from "Conv2D,Dense", in any case; other names are an error naming these.
[[nodiscard]] Status parse_scope(std::string_view scope, Regularizer& regularizer);

/// The trainable kernels that the regulariser names.
[[nodiscard]] std::vector<torch::Tensor> regularized_kernels(const Regularizer& regularizer,
                                                             const torch::nn::Module& module);

/// Adds the gradient of an L1 penalty; L2 is left to the optimiser's weight decay.
void add_l1_gradient(const Regularizer& regularizer, const std::vector<torch::Tensor>& kernels);

}  // namespace athanor::engine
