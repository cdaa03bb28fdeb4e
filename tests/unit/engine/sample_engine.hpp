#pragma once

#include <string>

#include "athanor/compile/engine_builder.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/export/onnx_export.hpp"
#include "athanor/runtime/engine.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine::testing {

/// A classifier of 4 classes for pictures of 3x8x8: two convolutions, a pool and a linear layer,
/// with weights from a seed.
class SampleNet {
 public:
  enum class Batch { open, fixed };

  SampleNet() {
    torch::manual_seed(5);
    net_ = torch::nn::Sequential(torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 8, 3).padding(1)),
                                 torch::nn::ReLU(),
                                 torch::nn::Conv2d(torch::nn::Conv2dOptions(8, 8, 3).padding(1)),
                                 torch::nn::ReLU(),
                                 torch::nn::AdaptiveAvgPool2d(1),
                                 torch::nn::Flatten(),
                                 torch::nn::Linear(8, 4));
    net_->eval();
  }

  /// Pictures to probabilities.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& pictures) const {
    const torch::NoGradGuard no_grad;
    auto net = net_;
    return net->forward(pictures).softmax(1);
  }

  /// The bytes of model.onnx; a fixed batch is 2.
  [[nodiscard]] std::string onnx(Batch batch = Batch::open) const {
    exporter::ExportRequest request;
    request.forward = [this](const std::vector<torch::Tensor>& inputs) {
      return std::vector<torch::Tensor>{forward(inputs.front())};
    };
    request.weights = tensor::state_dict(*net_);
    request.inputs = {{"input_1", torch::randn({2, 3, 8, 8})}};
    request.output_names = {"predictions"};
    request.metadata = identifying_properties("classification", Json::object());
    request.dynamic_batch = batch == Batch::open;
    return exporter::onnx_bytes(request).value();
  }

  [[nodiscard]] runtime::Engine engine(const compile::BuildOptions& options,
                                       Batch batch = Batch::open) const {
    const auto bytes = compile::make_onednn_builder()->build(onnx(batch), options).value();
    return runtime::Engine::from_bytes(bytes).value();
  }

 private:
  torch::nn::Sequential net_;
};

}  // namespace athanor::engine::testing
