#include "athanor/backbones/resnet.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "athanor/backbones/width.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

struct ResnetDepth {
  std::int64_t n_layers;
  bool bottleneck;
  std::array<std::int64_t, 4> blocks;  ///< In layer1 to layer4.
};

constexpr ResnetDepth resnet_depths[] = {
    {10, false, {1, 1, 1, 1}},
    {18, false, {2, 2, 2, 2}},
    {34, false, {3, 4, 6, 3}},
    {50, true, {3, 4, 6, 3}},
    {101, true, {3, 4, 23, 3}},
    {152, true, {3, 8, 36, 3}},
};

struct ConvShape {
  std::int64_t in;
  std::int64_t out;
  std::int64_t kernel;
  std::int64_t stride;
};

nn::Conv2d make_conv(const ConvShape& shape, bool bias) {
  nn::Conv2d conv(nn::Conv2dOptions(shape.in, shape.out, shape.kernel)
                      .stride(shape.stride)
                      .padding(shape.kernel / 2)
                      .bias(bias));
  nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
  if (bias) {
    nn::init::zeros_(conv->bias);
  }
  return conv;
}

/// Empty where the options want no batch norm.
nn::BatchNorm2d make_norm(std::int64_t channels, const BackboneOptions& options) {
  if (!options.use_batch_norm) {
    return nullptr;
  }
  return nn::BatchNorm2d(nn::BatchNorm2dOptions(channels)
                             .momentum(1.0 - options.batch_norm_momentum)
                             .eps(options.batch_norm_epsilon));
}

torch::Tensor normalise(nn::BatchNorm2d& norm, const torch::Tensor& x) {
  return norm.is_empty() ? x : norm(x);
}

/// A shortcut that changes shapes, or one that starts as the identity.
nn::Sequential make_projection(const ConvShape& shape, const BackboneOptions& options) {
  auto conv = make_conv(shape, options.use_bias);
  auto norm = make_norm(shape.out, options);
  const bool keeps_shape = shape.in == shape.out && shape.stride == 1;
  if (keeps_shape) {
    nn::init::dirac_(conv->weight);
    if (!norm.is_empty()) {
      // Fresh running statistics are 0 and 1, so that epsilon is all there is to undo.
      nn::init::constant_(norm->weight, std::sqrt(1.0 + options.batch_norm_epsilon));
    }
  }
  nn::Sequential projection(conv);
  if (!norm.is_empty()) {
    projection->push_back(norm);
  }
  return projection;
}

/// Two 3x3 convolutions, or 1x1, 3x3 and 1x1, beside a shortcut.
class ResidualBlock : public nn::Module {
 public:
  ResidualBlock(std::span<const ConvShape> shapes, const BackboneOptions& options)
      : activation_(options.activation) {
    for (const auto& shape : shapes) {
      const auto number = std::to_string(convs_.size() + 1);
      convs_.push_back(register_module("conv" + number, make_conv(shape, options.use_bias)));
      norms_.push_back(make_norm(shape.out, options));
      if (!norms_.back().is_empty()) {
        register_module("bn" + number, norms_.back());
      }
    }
    if (!options.use_batch_norm) {
      // Nothing else keeps the sum of many branches bounded (Fixup, Zhang et al., 2019).
      nn::init::zeros_(convs_.back()->weight);
    }
    add_shortcut(shapes, options);
  }

  torch::Tensor forward(const torch::Tensor& input) {
    torch::Tensor x = input;
    for (std::size_t i = 0; i < convs_.size(); ++i) {
      x = normalise(norms_[i], convs_[i](x));
      if (i + 1 < convs_.size()) {
        x = activate(activation_, x);
      }
    }
    x += downsample_.is_empty() ? input : downsample_->forward(input);
    return activate(activation_, x);
  }

 private:
  void add_shortcut(std::span<const ConvShape> shapes, const BackboneOptions& options) {
    std::int64_t stride = 1;
    for (const auto& shape : shapes) {
      stride *= shape.stride;
    }
    const ConvShape shortcut{shapes.front().in, shapes.back().out, 1, stride};
    if (options.all_projections || shortcut.in != shortcut.out || stride != 1) {
      downsample_ = register_module("downsample", make_projection(shortcut, options));
    }
  }

  Activation activation_;
  std::vector<nn::Conv2d> convs_;
  std::vector<nn::BatchNorm2d> norms_;
  nn::Sequential downsample_{nullptr};
};

class Resnet : public Backbone {
 public:
  Resnet(const ResnetDepth& depth, const BackboneOptions& options)
      : options_(options), channels_(scaled_channels(64, options.width)) {
    const bool small = options.stem == Stem::small;
    conv1_ =
        register_module("conv1",
                        make_conv({options.input_channels, channels_, small ? 3 : 7, small ? 1 : 2},
                                  options.use_bias));
    bn1_ = make_norm(channels_, options);
    if (!bn1_.is_empty()) {
      register_module("bn1", bn1_);
    }
    stride_ = small ? 1 : (options.use_pooling ? 4 : 2);
    add_stages(depth);
    if (options.num_classes > 0) {
      fc_ = register_module("fc", nn::Linear(channels_, options.num_classes));
    }
  }

  [[nodiscard]] std::vector<Tap> taps() const override { return taps_; }

  std::vector<torch::Tensor> forward_features(const torch::Tensor& pictures) override {
    auto x = activate(options_.activation, normalise(bn1_, conv1_(pictures)));
    if (options_.stem == Stem::imagenet && options_.use_pooling) {
      x = torch::max_pool2d(x, 3, 2, 1);
    }
    std::vector<torch::Tensor> maps;
    for (auto& layer : layers_) {
      x = layer->forward(x);
      maps.push_back(x);
    }
    return maps;
  }

  torch::Tensor forward(const torch::Tensor& pictures) override {
    if (fc_.is_empty()) {
      throw std::logic_error("this resnet was built without a classifier head");
    }
    auto x = torch::adaptive_avg_pool2d(forward_features(pictures).back(), {1, 1}).flatten(1);
    if (options_.dropout > 0) {
      x = torch::dropout(x, options_.dropout, is_training());
    }
    return fc_(x);
  }

  [[nodiscard]] std::int64_t block_count() const override {
    return static_cast<std::int64_t>(layers_.size()) + 1;
  }

  [[nodiscard]] std::vector<std::shared_ptr<nn::Module>> block(std::int64_t index) const override {
    if (index > 0) {
      return {layers_.at(static_cast<std::size_t>(index - 1)).ptr()};
    }
    std::vector<std::shared_ptr<nn::Module>> stem{conv1_.ptr()};
    if (!bn1_.is_empty()) {
      stem.push_back(bn1_.ptr());
    }
    return stem;
  }

 private:
  void add_stages(const ResnetDepth& depth) {
    const std::array<std::int64_t, 4> strides = options_.use_pooling
                                                    ? std::array<std::int64_t, 4>{1, 2, 2, 2}
                                                    : std::array<std::int64_t, 4>{2, 2, 2, 1};
    for (std::size_t stage = 0; stage < depth.blocks.size(); ++stage) {
      const auto planes = scaled_channels(std::int64_t{64} << stage, options_.width);
      nn::Sequential layer;
      for (std::int64_t i = 0; i < depth.blocks[stage]; ++i) {
        layer->push_back(make_block(depth.bottleneck, planes, i == 0 ? strides[stage] : 1));
      }
      const auto name = fmt::format("layer{}", stage + 1);
      layers_.push_back(register_module(name, layer));
      stride_ *= strides[stage];
      taps_.push_back({name, channels_, stride_});
    }
  }

  std::shared_ptr<ResidualBlock> make_block(bool bottleneck,
                                            std::int64_t planes,
                                            std::int64_t stride) {
    const auto in = channels_;
    channels_ = bottleneck ? 4 * planes : planes;
    if (bottleneck) {
      const ConvShape shapes[] = {
          {in, planes, 1, 1}, {planes, planes, 3, stride}, {planes, channels_, 1, 1}};
      return std::make_shared<ResidualBlock>(shapes, options_);
    }
    const ConvShape shapes[] = {{in, planes, 3, stride}, {planes, planes, 3, 1}};
    return std::make_shared<ResidualBlock>(shapes, options_);
  }

  BackboneOptions options_;
  std::int64_t channels_;    ///< Out of the layers built so far.
  std::int64_t stride_ = 1;  ///< Of the layers built so far.
  std::vector<Tap> taps_;
  nn::Conv2d conv1_{nullptr};
  nn::BatchNorm2d bn1_{nullptr};
  std::vector<nn::Sequential> layers_;
  nn::Linear fc_{nullptr};
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_resnet(const BackboneOptions& options) {
  const auto* depth = std::ranges::find(resnet_depths, options.n_layers, &ResnetDepth::n_layers);
  if (depth == std::end(resnet_depths)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("a resnet cannot have {} layers: choose 10, 18, 34, 50, 101 or 152",
                            options.n_layers));
  }
  return std::make_shared<Resnet>(*depth, options);
}

}  // namespace athanor::backbones
