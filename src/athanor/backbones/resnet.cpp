#include "athanor/backbones/resnet.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/depth_table.hpp"
#include "athanor/backbones/layer_maker.hpp"
#include "athanor/backbones/norm_activation.hpp"
#include "athanor/tensor/layers.hpp"

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

/// Two 3x3 convolutions, or 1x1, 3x3 and 1x1, beside a shortcut.
class ResidualBlock : public nn::Module {
 public:
  ResidualBlock(std::span<const ConvShape> shapes, const LayerMaker& make, bool all_projections)
      : activation_(make.activation()) {
    std::int64_t stride = 1;
    for (const auto& shape : shapes) {
      const auto number = std::to_string(convs_.size() + 1);
      convs_.push_back(register_module("conv" + number, make.conv(shape)));
      norms_.push_back(make.norm(shape.out));
      if (!norms_.back().is_empty()) {
        register_module("bn" + number, norms_.back());
      }
      stride *= shape.stride;
    }
    make.close(convs_.back());
    const ConvShape shortcut{shapes.front().in, shapes.back().out, 1, stride};
    if (all_projections || shortcut.in != shortcut.out || stride != 1) {
      downsample_ = register_module("downsample", make.projection(shortcut));
    }
  }

  torch::Tensor forward(const torch::Tensor& input) {
    torch::Tensor x = input;
    const auto last = convs_.size() - 1;
    for (std::size_t i = 0; i < last; ++i) {
      x = finish(i, tensor::convolve(*convs_[i], x));
    }
    const auto shortcut = downsample_.is_empty() ? input : downsample_->forward(input);
    return finish(last, tensor::convolve(*convs_[last], x), shortcut);
  }

 private:
  torch::Tensor finish(std::size_t i, torch::Tensor x, const torch::Tensor& shortcut = {}) {
    auto* const norm = norms_[i].is_empty() ? nullptr : norms_[i].get();
    return normalise_and_activate(norm, std::move(x), activation_, shortcut);
  }

  Activation activation_;
  std::vector<nn::Conv2d> convs_;
  std::vector<nn::BatchNorm2d> norms_;
  Chain downsample_{nullptr};
};

class Resnet : public ChainBackbone {
 public:
  Resnet(const ResnetDepth& depth, const BackboneOptions& options)
      : options_(options), make_(options, {}), channels_(make_.channels(64)) {
    add_stem();
    const std::array<std::int64_t, 4> strides = options.use_pooling
                                                    ? std::array<std::int64_t, 4>{1, 2, 2, 2}
                                                    : std::array<std::int64_t, 4>{2, 2, 2, 1};
    for (std::size_t stage = 0; stage < depth.blocks.size(); ++stage) {
      end_block();
      add_stage(stage, depth, strides[stage]);
    }
    if (options.num_classes > 0) {
      add_linear_head(nn::Linear(channels_, options.num_classes), options.dropout);
    }
  }

 private:
  void add_stem() {
    const bool small = options_.stem == Stem::small;
    const ConvShape shape{options_.input_channels, channels_, small ? 3 : 7, small ? 1 : 2};
    add(register_module("conv1", make_.conv(shape)), {.stride = shape.stride});
    if (const auto norm = make_.norm(channels_); !norm.is_empty()) {
      add(register_module("bn1", norm));
    }
    add(ActivationLayer(make_.activation()));
    add_tap("stem", channels_);
    if (!small && options_.use_pooling) {
      add(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)),
          {.kernel = 3, .stride = 2, .padding = 1});
    }
  }

  void add_stage(std::size_t stage, const ResnetDepth& depth, std::int64_t stride) {
    const auto planes = make_.channels(std::int64_t{64} << stage);
    Chain layer;
    for (std::int64_t i = 0; i < depth.blocks[stage]; ++i) {
      layer->add(make_block(depth.bottleneck, planes, i == 0 ? stride : 1));
    }
    const auto name = fmt::format("layer{}", stage + 1);
    add(register_module(name, layer), {.stride = stride});
    add_tap(name, channels_);
  }

  std::shared_ptr<ResidualBlock> make_block(bool bottleneck,
                                            std::int64_t planes,
                                            std::int64_t stride) {
    const auto in = channels_;
    channels_ = bottleneck ? 4 * planes : planes;
    if (bottleneck) {
      const ConvShape shapes[] = {
          {in, planes, 1, 1}, {planes, planes, 3, stride}, {planes, channels_, 1, 1}};
      return std::make_shared<ResidualBlock>(shapes, make_, options_.all_projections);
    }
    const ConvShape shapes[] = {{in, planes, 3, stride}, {planes, planes, 3, 1}};
    return std::make_shared<ResidualBlock>(shapes, make_, options_.all_projections);
  }

  BackboneOptions options_;
  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_resnet(const BackboneOptions& options) {
  ATHANOR_TRY(const auto depth, row_for_depth(resnet_depths, options));
  return std::make_shared<Resnet>(depth, options);
}

}  // namespace athanor::backbones
