#include "athanor/tensor/int8_training.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace athanor::tensor {

namespace {

constexpr std::int64_t largest_s8 = 127;
constexpr std::int64_t largest_u8 = 255;
/// Of a tensor without anything but zeros.
constexpr double least_scale = 1e-12;
/// Share of a batch in the running range.
constexpr double batch_share = 0.01;

constexpr const char* range_name = "input_range";

/// The buffer of the layer, or an undefined tensor.
torch::Tensor range_of(const torch::nn::Module& layer) {
  const auto buffers = layer.named_buffers(/*recurse=*/false);
  const auto* found = buffers.find(range_name);
  return found == nullptr ? torch::Tensor() : *found;
}

/// Takes the range of a batch into the running one, [smallest, largest], which holds 0 always. The
/// first batch counts whole.
void follow(const torch::Tensor& range, const torch::Tensor& batch) {
  const torch::NoGradGuard no_grad;
  const auto [smallest, largest] = torch::aminmax(batch);
  const auto seen =
      torch::stack({smallest.clamp_max(0), largest.clamp_min(0)}).to(range.scalar_type());
  const bool is_first = range.eq(0).all().item<bool>();
  range.lerp_(seen, is_first ? 1.0 : batch_share);
}

/// One scale for all, as engines have it: unsigned where nothing is below 0.
torch::Tensor rounded_input(const torch::Tensor& input, const torch::Tensor& range) {
  const auto smallest = range[0].item<double>();
  const auto largest = range[1].item<double>();
  const bool is_signed = smallest < 0;
  const auto most = is_signed ? largest_s8 : largest_u8;
  // In this order a range that is no number makes the scale none, so that the loss tells.
  const double scale =
      std::max(std::max(largest, -smallest) / static_cast<double>(most), least_scale);
  return torch::fake_quantize_per_tensor_affine(input, scale, 0, is_signed ? -most : 0, most);
}

/// A scale for each output channel. Folding a batch norm into the weights changes scales alone, so
/// that the rounding is that of the folded weights.
torch::Tensor rounded_weight(const torch::Tensor& weight) {
  std::vector<std::int64_t> within_channel(static_cast<std::size_t>(weight.dim() - 1));
  std::iota(within_channel.begin(), within_channel.end(), 1);
  const auto scales = weight.detach()
                          .abs()
                          .amax(within_channel)
                          .div(static_cast<double>(largest_s8))
                          .clamp_min(least_scale);
  const auto zeros = torch::zeros({weight.size(0)}, torch::kInt);
  return torch::fake_quantize_per_channel_affine(
      weight, scales, zeros, /*axis=*/0, -largest_s8, largest_s8);
}

}  // namespace

std::size_t train_for_int8(torch::nn::Module& module) {
  std::size_t count = 0;
  for (const auto& layer : module.modules()) {
    if (layer->as<torch::nn::Conv2d>() != nullptr || layer->as<torch::nn::Linear>() != nullptr) {
      layer->register_buffer(range_name, torch::zeros({2}));
      ++count;
    }
  }
  return count;
}

bool is_int8_range(std::string_view tensor_name) {
  return tensor_name.ends_with(range_name);
}

std::string weight_of_int8_range(std::string_view range_tensor) {
  range_tensor.remove_suffix(std::string_view(range_name).size());
  return std::string(range_tensor) + "weight";
}

template <class Layer>
AsInt8<Layer>::AsInt8(Layer& layer, const torch::Tensor& input) : layer_(layer), input_(input) {
  const auto range = layer.is_training() ? range_of(layer) : torch::Tensor();
  if (range.defined()) {
    follow(range, input.detach());
    input_ = rounded_input(input, range);
    weight_ = std::exchange(layer.weight, rounded_weight(layer.weight));
  }
}

template <class Layer>
AsInt8<Layer>::~AsInt8() {
  if (weight_.defined()) {
    layer_.weight = weight_;
  }
}

template class AsInt8<torch::nn::Conv2dImpl>;
template class AsInt8<torch::nn::LinearImpl>;

}  // namespace athanor::tensor
