#include "athanor/backbones/squeezenet.hpp"

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/layer_maker.hpp"
#include "athanor/tensor/layers.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

constexpr LayerDefaults squeezenet_defaults{
    .bias = true, .batch_norm = false, .init = Init::kaiming_uniform};

/// A 1x1 convolution to few channels, then a 1x1 and a 3x3 one side by side.
class Fire : public nn::Module {
 public:
  Fire(std::int64_t in, std::int64_t squeezed, std::int64_t expanded, const LayerMaker& make)
      : activation_(make.activation()),
        squeeze_(register_module("squeeze", make.conv({in, squeezed, 1}))),
        expand1x1_(register_module("expand1x1", make.conv({squeezed, expanded, 1}))),
        expand3x3_(register_module("expand3x3", make.conv({squeezed, expanded, 3}))) {}

  torch::Tensor forward(const torch::Tensor& input) {
    const auto x = activate(activation_, tensor::convolve(*squeeze_, input));
    return torch::cat({activate(activation_, tensor::convolve(*expand1x1_, x)),
                       activate(activation_, tensor::convolve(*expand3x3_, x))},
                      1);
  }

 private:
  Activation activation_;
  nn::Conv2d squeeze_;
  nn::Conv2d expand1x1_;
  nn::Conv2d expand3x3_;
};

class Squeezenet : public ChainBackbone {
 public:
  explicit Squeezenet(const BackboneOptions& options)
      : options_(options),
        make_(options, squeezenet_defaults),
        channels_(make_.channels(96)),
        features_(register_module("features", Chain())) {
    add_stem();
    add_fires();
    if (options.num_classes > 0 && options.retain_head) {
      add_published_head();
    } else if (options.num_classes > 0) {
      add_linear_head(nn::Linear(channels_, options.num_classes), options.dropout);
    }
  }

 private:
  void add_stem() {
    const bool small = options_.stem == Stem::small;
    const Window window =
        small ? Window{.kernel = 3, .padding = 1} : Window{.kernel = 7, .stride = 2};
    add_to(features_,
           make_.conv({options_.input_channels,
                       channels_,
                       window.kernel,
                       window.stride,
                       /*groups=*/1,
                       window.padding}),
           window);
    add_to(features_, ActivationLayer(make_.activation()));
    add_tap("stem", channels_);
    if (small) {
      add_to(features_, nn::Identity());
    } else {
      add_pool();
    }
  }

  void add_fires() {
    add_fire(16, 64);
    add_fire(16, 64);
    add_fire(32, 128);
    add_tap("fire4", channels_);
    add_pool();
    add_fire(32, 128);
    add_fire(48, 192);
    add_fire(48, 192);
    add_fire(64, 256);
    add_tap("fire8", channels_);
    add_pool();
    add_fire(64, 256);
    add_tap("fire9", channels_);
  }

  void add_fire(std::int64_t squeezed, std::int64_t expanded) {
    const auto side = make_.channels(expanded);
    end_block();
    add_to(features_, std::make_shared<Fire>(channels_, make_.channels(squeezed), side, make_));
    channels_ = 2 * side;
  }

  void add_pool() {
    add_to(features_,
           nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).ceil_mode(true)),
           {.kernel = 3, .stride = 2, .ceil_mode = true});
  }

  void add_published_head() {
    auto conv = make_.conv({channels_, options_.num_classes, 1});
    nn::init::normal_(conv->weight, 0, 0.01);
    auto classifier = register_module("classifier", Chain());
    classifier->add(nn::Dropout(options_.dropout));
    classifier->add(conv);
    classifier->add(ActivationLayer(make_.activation()));
    classifier->add(nn::AdaptiveAvgPool2d(1));
    add_to_head(classifier);
    add_to_head(nn::Flatten());
  }

  BackboneOptions options_;
  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
  Chain features_;
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_squeezenet(const BackboneOptions& options) {
  return std::make_shared<Squeezenet>(options);
}

}  // namespace athanor::backbones
