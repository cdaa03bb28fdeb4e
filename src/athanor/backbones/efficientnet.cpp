#include "athanor/backbones/efficientnet.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/layer_maker.hpp"
#include "athanor/tensor/layers.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

constexpr LayerDefaults efficientnet_defaults{.activation = Activation::swish};
constexpr double largest_drop = 0.2;

struct EfficientnetScale {
  std::string_view arch;
  double width;
  double depth;
};

constexpr EfficientnetScale efficientnet_scales[] = {
    {"efficientnet_b0", 1.0, 1.0},
    {"efficientnet_b1", 1.0, 1.1},
    {"efficientnet_b2", 1.1, 1.2},
    {"efficientnet_b3", 1.2, 1.4},
    {"efficientnet_b4", 1.4, 1.8},
    {"efficientnet_b5", 1.6, 2.2},
    {"efficientnet_b6", 1.8, 2.6},
};

struct MbStage {
  std::int64_t expansion;
  std::int64_t kernel;
  std::int64_t stride;  ///< Of the first block.
  std::int64_t channels;
  std::int64_t blocks;  ///< At depth 1.

  [[nodiscard]] std::int64_t blocks_at(double depth) const {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(blocks) * depth));
  }
};

constexpr MbStage efficientnet_stages[] = {{1, 3, 1, 16, 1},
                                           {6, 3, 2, 24, 2},
                                           {6, 5, 2, 40, 2},
                                           {6, 3, 2, 80, 3},
                                           {6, 5, 1, 112, 3},
                                           {6, 5, 2, 192, 4},
                                           {6, 3, 1, 320, 1}};

/// Weighs channels by what a small network makes of their averages (Hu et al., 2017).
class SqueezeExcitation : public nn::Module {
 public:
  SqueezeExcitation(std::int64_t channels, std::int64_t squeezed, const Activation& activation)
      : activation_(activation),
        fc1_(register_module("fc1", conv1x1(channels, squeezed))),
        fc2_(register_module("fc2", conv1x1(squeezed, channels))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    const auto average = torch::adaptive_avg_pool2d(x, {1, 1});
    const auto squeezed = activate(activation_, tensor::convolve(*fc1_, average));
    return x * torch::sigmoid(tensor::convolve(*fc2_, squeezed));
  }

 private:
  /// Always with bias, since no batch norm follows.
  static nn::Conv2d conv1x1(std::int64_t in, std::int64_t out) {
    nn::Conv2d conv(nn::Conv2dOptions(in, out, 1));
    nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
    nn::init::zeros_(conv->bias);
    return conv;
  }

  Activation activation_;
  nn::Conv2d fc1_;
  nn::Conv2d fc2_;
};

/// An inverted residual with squeeze and excitation.
class MbBlock : public nn::Module {
 public:
  MbBlock(const ConvShape& shape, std::int64_t expansion, double drop, const LayerMaker& make)
      : has_shortcut_(shape.in == shape.out && shape.stride == 1),
        drop_(drop),
        block_(register_module("block", Chain())) {
    const auto hidden = expansion * shape.in;
    if (expansion > 1) {
      block_->add(make.unit({shape.in, hidden, 1}));
    }
    block_->add(make.unit({hidden, hidden, shape.kernel, shape.stride, /*groups=*/hidden}));
    const auto squeezed = std::max<std::int64_t>(1, shape.in / 4);
    block_->add(std::make_shared<SqueezeExcitation>(hidden, squeezed, make.activation()));
    block_->add(make.linear_unit({hidden, shape.out, 1}, has_shortcut_));
  }

  torch::Tensor forward(const torch::Tensor& input) {
    auto x = block_->forward(input);
    if (!has_shortcut_) {
      return x;
    }
    if (is_training() && drop_ > 0) {
      x = x * survivors(x);
    }
    return x += input;
  }

 private:
  /// A factor for each picture: 0, or what keeps the expected sum the same.
  [[nodiscard]] torch::Tensor survivors(const torch::Tensor& x) const {
    const double share = 1.0 - drop_;
    return torch::empty({x.size(0), 1, 1, 1}, x.options()).bernoulli_(share).div_(share);
  }

  bool has_shortcut_;
  double drop_;
  Chain block_;
};

class Efficientnet : public ChainBackbone {
 public:
  Efficientnet(const EfficientnetScale& scale, const BackboneOptions& options)
      : make_(options, efficientnet_defaults),
        channels_(make_.channels(32)),
        features_(register_module("features", Chain())) {
    const std::int64_t stride = options.stem == Stem::small ? 1 : 2;
    add_to(
        features_, make_.unit({options.input_channels, channels_, 3, stride}), {.stride = stride});
    for (const auto& stage : efficientnet_stages) {
      all_blocks_ += stage.blocks_at(scale.depth);
    }
    for (const auto& stage : efficientnet_stages) {
      add_stage(stage, scale.depth);
    }
    end_block();
    const auto last = 4 * channels_;
    add_to(features_, make_.unit({channels_, last, 1}));
    add_tap(fmt::format("features.{}", last_block()), last);
    if (options.num_classes > 0) {
      nn::Linear linear(last, options.num_classes);
      const double bound = 1.0 / std::sqrt(static_cast<double>(options.num_classes));
      nn::init::uniform_(linear->weight, -bound, bound);
      nn::init::zeros_(linear->bias);
      add_classifier_head(linear, options.dropout);
    }
  }

 private:
  void add_stage(const MbStage& stage, double depth) {
    if (stage.stride > 1) {
      add_tap(fmt::format("features.{}", last_block()), channels_);
    }
    end_block();
    const auto out = make_.channels(stage.channels);
    Chain blocks;
    for (std::int64_t i = 0; i < stage.blocks_at(depth); ++i) {
      const ConvShape shape{channels_, out, stage.kernel, i == 0 ? stage.stride : 1};
      const double place = static_cast<double>(made_blocks_++) / static_cast<double>(all_blocks_);
      blocks->add(std::make_shared<MbBlock>(shape, stage.expansion, largest_drop * place, make_));
      channels_ = out;
    }
    add_to(features_, blocks, {.stride = stage.stride});
  }

  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
  std::int64_t all_blocks_ = 0;
  std::int64_t made_blocks_ = 0;
  Chain features_;
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_efficientnet(const BackboneOptions& options) {
  const auto* scale =
      std::ranges::find(efficientnet_scales, options.arch, &EfficientnetScale::arch);
  if (scale == std::end(efficientnet_scales)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("arch: there is no {}; choose efficientnet_b0 to b6", options.arch));
  }
  auto scaled = options;
  scaled.width *= scale->width;
  return std::make_shared<Efficientnet>(*scale, scaled);
}

}  // namespace athanor::backbones
