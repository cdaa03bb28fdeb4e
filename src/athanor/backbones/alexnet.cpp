#include "athanor/backbones/alexnet.hpp"

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/layer_maker.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

constexpr LayerDefaults alexnet_defaults{.bias = true, .batch_norm = false, .init = Init::as_torch};

constexpr Window alexnet_pool_window{.kernel = 3, .stride = 2};

nn::MaxPool2d alexnet_pool() {
  return nn::MaxPool2d(
      nn::MaxPool2dOptions(alexnet_pool_window.kernel).stride(alexnet_pool_window.stride));
}

class Alexnet : public ChainBackbone {
 public:
  explicit Alexnet(const BackboneOptions& options)
      : ChainBackbone(/*first_block=*/1),
        options_(options),
        make_(options, alexnet_defaults),
        channels_(options.input_channels),
        features_(register_module("features", Chain())) {
    add_features();
    if (options.num_classes > 0 && options.retain_head) {
      add_published_head();
    } else if (options.num_classes > 0) {
      add_linear_head(nn::Linear(channels_, options.num_classes), options.dropout);
    }
  }

 private:
  void add_features() {
    const bool small = options_.stem == Stem::small;
    if (small) {
      add_conv(64, {.kernel = 3, .stride = 1, .padding = 1});
    } else {
      add_conv(64, {.kernel = 11, .stride = 4, .padding = 2});
    }
    add_tap("conv1", channels_);
    end_block();
    if (small) {
      add_to(features_, nn::Identity());
    } else {
      add_to(features_, alexnet_pool(), alexnet_pool_window);
    }
    add_conv(192, {.kernel = 5, .padding = 2});
    add_tap("conv2", channels_);
    end_block();
    add_to(features_, alexnet_pool(), alexnet_pool_window);
    add_conv(384, {.kernel = 3, .padding = 1});
    end_block();
    add_conv(256, {.kernel = 3, .padding = 1});
    end_block();
    add_conv(256, {.kernel = 3, .padding = 1});
    add_tap("conv5", channels_);
  }

  void add_conv(std::int64_t published_channels, const Window& window) {
    const auto out = make_.channels(published_channels);
    const ConvShape shape{
        channels_, out, window.kernel, window.stride, /*groups=*/1, window.padding};
    add_to(features_, make_.conv(shape), window);
    add_to(features_, ActivationLayer(make_.activation()));
    channels_ = out;
  }

  void add_published_head() {
    constexpr std::int64_t side = 6;
    const auto hidden = make_.channels(4096);
    auto classifier = register_module("classifier", Chain());
    classifier->add(nn::Dropout(options_.dropout));
    classifier->add(nn::Linear(channels_ * side * side, hidden));
    classifier->add(ActivationLayer(make_.activation()));
    classifier->add(nn::Dropout(options_.dropout));
    classifier->add(nn::Linear(hidden, hidden));
    classifier->add(ActivationLayer(make_.activation()));
    classifier->add(nn::Linear(hidden, options_.num_classes));
    add_to_head(alexnet_pool(), alexnet_pool_window);
    add_to_head(nn::AdaptiveAvgPool2d(side));
    add_to_head(nn::Flatten());
    add_to_head(classifier);
  }

  BackboneOptions options_;
  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
  Chain features_;
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_alexnet(const BackboneOptions& options) {
  return std::make_shared<Alexnet>(options);
}

}  // namespace athanor::backbones
