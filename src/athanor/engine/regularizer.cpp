#include "athanor/engine/regularizer.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace athanor::engine {

namespace {

/// Without spaces, in lower case.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return result;
}

bool is_convolution(const torch::nn::Module& module) {
  return module.as<torch::nn::Conv1d>() != nullptr || module.as<torch::nn::Conv2d>() != nullptr ||
         module.as<torch::nn::ConvTranspose2d>() != nullptr;
}

}  // namespace

Status parse_scope(std::string_view scope, Regularizer& regularizer) {
  regularizer.convolutions = false;
  regularizer.dense_layers = false;
  auto rest = plain(scope);
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto name = rest.substr(0, comma);
    rest.erase(0, comma + 1);
    if (name == "conv2d") {
      regularizer.convolutions = true;
    } else if (name == "dense") {
      regularizer.dense_layers = true;
    } else {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("\"{}\" is no kind of layer to regularise; use Conv2D, Dense or both "
                              "with a comma",
                              name));
    }
  }
  return {};
}

std::vector<torch::Tensor> regularized_kernels(const Regularizer& regularizer,
                                               const torch::nn::Module& module) {
  std::vector<torch::Tensor> kernels;
  if (regularizer.penalty == Penalty::none) {
    return kernels;
  }
  for (const auto& layer : module.modules()) {
    const bool named = (regularizer.convolutions && is_convolution(*layer)) ||
                       (regularizer.dense_layers && layer->as<torch::nn::Linear>() != nullptr);
    if (!named) {
      continue;
    }
    const auto weight = layer->named_parameters(/*recurse=*/false)["weight"];
    if (weight.requires_grad()) {
      kernels.push_back(weight);
    }
  }
  return kernels;
}

void add_l1_gradient(const Regularizer& regularizer, const std::vector<torch::Tensor>& kernels) {
  if (regularizer.penalty != Penalty::l1) {
    return;
  }
  const torch::NoGradGuard no_grad;
  for (const auto& kernel : kernels) {
    if (kernel.grad().defined()) {
      kernel.mutable_grad().add_(kernel.sign(), regularizer.weight);
    }
  }
}

}  // namespace athanor::engine
