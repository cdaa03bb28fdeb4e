#include "athanor/backbones/vgg.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/depth_table.hpp"
#include "athanor/backbones/layer_maker.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

struct VggDepth {
  std::int64_t n_layers;
  std::array<std::int64_t, 5> convs;  ///< In the blocks 1 to 5.
};

constexpr VggDepth vgg_depths[] = {
    {16, {2, 2, 3, 3, 3}},
    {19, {2, 2, 4, 4, 4}},
};

constexpr std::array<std::int64_t, 5> vgg_channels{64, 128, 256, 512, 512};

class Vgg : public ChainBackbone {
 public:
  Vgg(const VggDepth& depth, const BackboneOptions& options)
      : ChainBackbone(/*first_block=*/1),
        options_(options),
        make_(options, {.bias = true}),
        channels_(options.input_channels),
        features_(register_module("features", Chain())) {
    for (std::size_t i = 0; i < depth.convs.size(); ++i) {
      if (i > 0) {
        end_block();
        add_reduction(/*reduces=*/i > 1 || options.stem == Stem::imagenet);
      }
      add_convs(depth.convs[i], make_.channels(vgg_channels[i]));
      add_tap(fmt::format("block{}", i + 1), channels_);
    }
    if (options.num_classes > 0 && options.retain_head) {
      add_published_head();
    } else if (options.num_classes > 0) {
      add_linear_head(make_linear(channels_, options.num_classes, Init::normal), options.dropout);
    }
  }

 private:
  /// Halves the maps by a pool or by the next convolution. Where no pool is, its number stays free,
  /// so that the convolutions keep their names.
  void add_reduction(bool reduces) {
    if (reduces && options_.use_pooling) {
      add_to(features_, nn::MaxPool2d(2), {.kernel = 2, .stride = 2});
      return;
    }
    add_to(features_, nn::Identity());
    next_stride_ = reduces ? 2 : 1;
  }

  void add_convs(std::int64_t count, std::int64_t channels) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto stride = std::exchange(next_stride_, 1);
      add_to(features_, make_.conv({channels_, channels, 3, stride}), {.stride = stride});
      if (const auto norm = make_.norm(channels); !norm.is_empty()) {
        add_to(features_, norm);
      }
      add_to(features_, ActivationLayer(make_.activation()));
      channels_ = channels;
    }
  }

  void add_published_head() {
    if (options_.use_pooling) {
      add_to_head(nn::MaxPool2d(2), {.kernel = 2, .stride = 2});
    }
    constexpr std::int64_t side = 7;
    const auto hidden = make_.channels(4096);
    auto classifier = register_module("classifier", Chain());
    classifier->add(make_linear(channels_ * side * side, hidden, Init::normal));
    classifier->add(ActivationLayer(make_.activation()));
    classifier->add(nn::Dropout(options_.dropout));
    classifier->add(make_linear(hidden, hidden, Init::normal));
    classifier->add(ActivationLayer(make_.activation()));
    classifier->add(nn::Dropout(options_.dropout));
    classifier->add(make_linear(hidden, options_.num_classes, Init::normal));
    add_to_head(nn::AdaptiveAvgPool2d(side));
    add_to_head(nn::Flatten());
    add_to_head(classifier);
  }

  BackboneOptions options_;
  LayerMaker make_;
  std::int64_t channels_;         ///< Out of the layers built so far.
  std::int64_t next_stride_ = 1;  ///< Of the next convolution.
  Chain features_;
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_vgg(const BackboneOptions& options) {
  ATHANOR_TRY(const auto depth, row_for_depth(vgg_depths, options));
  return std::make_shared<Vgg>(depth, options);
}

}  // namespace athanor::backbones
