#include "operator_cases.hpp"

#include <ostream>

namespace athanor::oracle {

namespace {

namespace nn = torch::nn;
namespace F = torch::nn::functional;

using torch::Tensor;

template <class Function>
OnnxCase function_case(std::string name, Function function, std::vector<std::int64_t> shape) {
  return {std::move(name),
          nullptr,
          [function](const std::vector<Tensor>& inputs) {
            return std::vector<Tensor>{function(inputs[0])};
          },
          std::move(shape)};
}

template <class Holder>
OnnxCase layer_case(std::string name, Holder layer, std::vector<std::int64_t> shape) {
  layer->eval();
  return {std::move(name),
          layer.ptr(),
          [layer](const std::vector<Tensor>& inputs) mutable {
            return std::vector<Tensor>{layer->forward(inputs[0])};
          },
          std::move(shape)};
}

nn::BatchNorm2d used_batch_norm(std::int64_t channels) {
  nn::BatchNorm2d norm(channels);
  const torch::NoGradGuard no_grad;
  norm->running_mean.normal_();
  norm->running_var.uniform_(0.5, 2.0);
  norm->weight.normal_();
  norm->bias.normal_();
  return norm;
}

void add_layers(std::vector<OnnxCase>& cases) {
  const std::vector<std::int64_t> map{4, 9, 7};
  cases.push_back(layer_case(
      "GroupedConv",
      nn::Conv2d(nn::Conv2dOptions(4, 6, {3, 2}).stride({2, 1}).padding({1, 0}).groups(2)),
      map));
  cases.push_back(layer_case(
      "DilatedConv", nn::Conv2d(nn::Conv2dOptions(4, 3, 3).dilation(2).bias(false)), map));
  cases.push_back(layer_case(
      "ConvTranspose",
      nn::ConvTranspose2d(nn::ConvTranspose2dOptions(4, 3, 3).stride(2).output_padding(1)),
      map));
  cases.push_back(layer_case("Conv1d", nn::Conv1d(nn::Conv1dOptions(4, 3, 3).padding(1)), {4, 9}));
  cases.push_back(layer_case("BatchNorm", used_batch_norm(4), map));
  cases.push_back(layer_case(
      "ConvBatchNorm",
      nn::Sequential(nn::Conv2d(nn::Conv2dOptions(4, 6, 3)), used_batch_norm(6), nn::ReLU()),
      map));
  cases.push_back(layer_case("Linear", nn::Linear(5, 3), {5}));
  cases.push_back(layer_case("LinearOnSequence", nn::Linear(5, 3), {4, 5}));
  cases.push_back(
      layer_case("LinearWithoutBias", nn::Linear(nn::LinearOptions(5, 3).bias(false)), {5}));
  cases.push_back(
      layer_case("MaxPool", nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)), map));
  cases.push_back(layer_case(
      "MaxPoolCeil", nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).ceil_mode(true)), {4, 10, 8}));
  cases.push_back(
      layer_case("AveragePool", nn::AvgPool2d(nn::AvgPool2dOptions(3).stride(2).padding(1)), map));
  cases.push_back(
      layer_case("AveragePoolWithoutPadding",
                 nn::AvgPool2d(nn::AvgPool2dOptions(3).padding(1).count_include_pad(false)),
                 map));
  cases.push_back(layer_case("GlobalPool", nn::AdaptiveAvgPool2d(1), map));
  cases.push_back(layer_case(
      "EvenAdaptivePool", nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({2, 3})), {4, 8, 9}));
  cases.push_back(layer_case("UnevenAdaptivePool",
                             nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({5, 3})),
                             {4, 8, 7}));
  cases.push_back(layer_case("GrowingAdaptivePool",
                             nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({7, 7})),
                             {4, 2, 3}));
  cases.push_back(layer_case("Dropout", nn::Dropout(0.5), map));
}

void add_elementwise(std::vector<OnnxCase>& cases) {
  const std::vector<std::int64_t> shape{4, 6};
  const auto add = [&](const char* name, auto function) {
    cases.push_back(function_case(name, function, shape));
  };
  add("Relu", [](const Tensor& x) { return torch::relu(x); });
  add("InPlaceRelu", [](const Tensor& x) { return (x + 0.5).relu_(); });
  add("Sigmoid", [](const Tensor& x) { return torch::sigmoid(x); });
  add("Tanh", [](const Tensor& x) { return torch::tanh(x); });
  add("Exp", [](const Tensor& x) { return torch::exp(x); });
  add("LogOfSqrtOfAbs", [](const Tensor& x) { return torch::log(torch::sqrt(torch::abs(x)) + 1); });
  add("Neg", [](const Tensor& x) { return -x; });
  add("Softplus", [](const Tensor& x) { return F::softplus(x); });
  add("Silu", [](const Tensor& x) { return torch::silu(x); });
  add("Mish", [](const Tensor& x) { return torch::mish(x); });
  add("Hardswish", [](const Tensor& x) { return torch::hardswish(4 * x); });
  add("Hardsigmoid", [](const Tensor& x) { return torch::hardsigmoid(4 * x); });
  add("LeakyRelu", [](const Tensor& x) { return torch::leaky_relu(x, 0.1); });
  add("Elu", [](const Tensor& x) { return torch::elu(x, 0.7); });
  add("Relu6", [](const Tensor& x) { return torch::relu6(8 * x); });
  add("Hardtanh", [](const Tensor& x) { return torch::hardtanh(x, -0.5, 0.75); });
  add("ClampBelow", [](const Tensor& x) { return torch::clamp(x, 0.25); });
  add("AddScaled", [](const Tensor& x) { return torch::add(x, x * x, 0.5); });
  add("SubtractScalar", [](const Tensor& x) { return x - 2; });
  add("DivideByTensor", [](const Tensor& x) { return x / (x * x + 1); });
  add("Power", [](const Tensor& x) { return torch::pow(x, 2); });
  add("AddConstantTensor", [](const Tensor& x) { return x + torch::arange(6, torch::kFloat32); });
  add("Softmax", [](const Tensor& x) { return torch::softmax(x, -1); });
  add("LogSoftmax", [](const Tensor& x) { return torch::log_softmax(x, 1); });
}

void add_shapes(std::vector<OnnxCase>& cases) {
  const std::vector<std::int64_t> shape{4, 6, 5};
  const auto add = [&](const char* name, auto function) {
    cases.push_back(function_case(name, function, shape));
  };
  add("Flatten", [](const Tensor& x) { return x.flatten(1); });
  add("FlattenTail", [](const Tensor& x) { return x.flatten(2); });
  add("FlattenMiddle", [](const Tensor& x) { return x.flatten(1, 2); });
  add("View", [](const Tensor& x) { return x.view({x.size(0), 2, -1}); });
  add("Reshape", [](const Tensor& x) { return x.transpose(1, 2).reshape({-1, 8, 15}); });
  add("Cat", [](const Tensor& x) { return torch::cat({x, x * 2, x}, 1); });
  add("Permute", [](const Tensor& x) { return x.permute({0, 2, 3, 1}); });
  add("Transpose", [](const Tensor& x) { return x.transpose(-1, 1); });
  add("UnsqueezeAndSqueeze", [](const Tensor& x) { return x.unsqueeze(-1).squeeze(4).squeeze(1); });
  add("Slice", [](const Tensor& x) { return x.slice(2, 1, -1, 2); });
  add("SliceToTheEnd", [](const Tensor& x) { return x.slice(1, 2); });
  add("Select", [](const Tensor& x) { return x.select(1, 2); });
  add("Mean", [](const Tensor& x) { return x.mean({-1, -2}); });
  add("MeanKept", [](const Tensor& x) { return x.mean({1}, true); });
  add("Matmul", [](const Tensor& x) { return x.matmul(x.transpose(2, 3)); });
  add("ContiguousClone", [](const Tensor& x) { return x.transpose(1, 2).contiguous().clone(); });
  add("UpsampleNearest", [](const Tensor& x) {
    return F::interpolate(x, F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 3}));
  });
  add("UpsampleBilinear", [](const Tensor& x) {
    return F::interpolate(x,
                          F::InterpolateFuncOptions()
                              .size(std::vector<std::int64_t>{12, 10})
                              .mode(torch::kBilinear)
                              .align_corners(false));
  });
  add("UpsampleAlignedCorners", [](const Tensor& x) {
    return F::interpolate(x,
                          F::InterpolateFuncOptions()
                              .size(std::vector<std::int64_t>{11, 9})
                              .mode(torch::kBilinear)
                              .align_corners(true));
  });
}

}  // namespace

void PrintTo(const OnnxCase& subject, std::ostream* stream) {
  *stream << subject.name;
}

std::vector<OnnxCase> operator_cases() {
  torch::manual_seed(6);
  std::vector<OnnxCase> cases;
  add_layers(cases);
  add_elementwise(cases);
  add_shapes(cases);
  return cases;
}

}  // namespace athanor::oracle
