#include "athanor/backbones/googlenet.hpp"

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/layer_maker.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

/// The published start needs batch norm: without it, signals would fade from layer to layer.
LayerDefaults googlenet_defaults(const BackboneOptions& options) {
  return {.init = options.use_batch_norm ? Init::normal : Init::kaiming_uniform};
}

/// Channels of the four branches: 1x1; 1x1 and 3x3; 1x1 and 3x3 (5x5 in the paper); pool and 1x1.
struct InceptionShape {
  std::int64_t branch1;
  std::int64_t reduce2;
  std::int64_t branch2;
  std::int64_t reduce3;
  std::int64_t branch3;
  std::int64_t branch4;
};

Chain googlenet_unit(const LayerMaker& make, const ConvShape& shape) {
  return make.unit(shape, {"conv", "bn"});
}

/// Four branches over the same input, their channels side by side.
class Inception : public nn::Module {
 public:
  Inception(std::int64_t in, const InceptionShape& shape, const LayerMaker& make) {
    const auto out = [&](std::int64_t published) { return make.channels(published); };
    add_branch(googlenet_unit(make, {in, out(shape.branch1), 1}));
    Chain second;
    second->add(googlenet_unit(make, {in, out(shape.reduce2), 1}));
    second->add(googlenet_unit(make, {out(shape.reduce2), out(shape.branch2), 3}));
    add_branch(second);
    Chain third;
    third->add(googlenet_unit(make, {in, out(shape.reduce3), 1}));
    third->add(googlenet_unit(make, {out(shape.reduce3), out(shape.branch3), 3}));
    add_branch(third);
    Chain fourth;
    fourth->add(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(1).padding(1).ceil_mode(true)));
    fourth->add(googlenet_unit(make, {in, out(shape.branch4), 1}));
    add_branch(fourth);
    channels_ = out(shape.branch1) + out(shape.branch2) + out(shape.branch3) + out(shape.branch4);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    std::vector<torch::Tensor> maps;
    for (auto& branch : branches_) {
      maps.push_back(branch->forward(x));
    }
    return torch::cat(maps, 1);
  }

  [[nodiscard]] std::int64_t channels() const { return channels_; }

 private:
  void add_branch(const Chain& branch) {
    branches_.push_back(register_module("branch" + std::to_string(branches_.size() + 1), branch));
  }

  std::vector<Chain> branches_;
  std::int64_t channels_ = 0;
};

class Googlenet : public ChainBackbone {
 public:
  explicit Googlenet(const BackboneOptions& options)
      : options_(options),
        make_(options, googlenet_defaults(options)),
        channels_(options.input_channels) {
    add_stem();
    add_inceptions();
    if (options.num_classes > 0) {
      nn::Linear linear(channels_, options.num_classes);
      nn::init::normal_(linear->weight, 0, 0.01);
      add_linear_head(linear, options.dropout);
    }
  }

 private:
  void add_stem() {
    const bool small = options_.stem == Stem::small;
    add_conv("conv1", {.out = 64, .kernel = small ? 3 : 7, .stride = small ? 1 : 2});
    add_tap("conv1", channels_);
    if (!small) {
      add_pool(3);
    }
    add_conv("conv2", {.out = 64, .kernel = 1});
    add_conv("conv3", {.out = 192, .kernel = 3});
    add_tap("conv3", channels_);
    add_pool(3);
  }

  void add_inceptions() {
    add_inception("inception3a", {64, 96, 128, 16, 32, 32});
    add_inception("inception3b", {128, 128, 192, 32, 96, 64});
    add_tap("inception3b", channels_);
    add_pool(3);
    add_inception("inception4a", {192, 96, 208, 16, 48, 64});
    add_inception("inception4b", {160, 112, 224, 24, 64, 64});
    add_inception("inception4c", {128, 128, 256, 24, 64, 64});
    add_inception("inception4d", {112, 144, 288, 32, 64, 64});
    add_inception("inception4e", {256, 160, 320, 32, 128, 128});
    add_tap("inception4e", channels_);
    add_pool(2);
    add_inception("inception5a", {256, 160, 320, 32, 128, 128});
    add_inception("inception5b", {384, 192, 384, 48, 128, 128});
    add_tap("inception5b", channels_);
  }

  /// `shape` with published channels and without what comes in.
  void add_conv(const std::string& name, ConvShape shape) {
    shape.in = channels_;
    shape.out = make_.channels(shape.out);
    add(register_module(name, googlenet_unit(make_, shape)), {.stride = shape.stride});
    channels_ = shape.out;
  }

  void add_inception(const std::string& name, const InceptionShape& shape) {
    end_block();
    const auto inception = std::make_shared<Inception>(channels_, shape, make_);
    add(register_module(name, inception));
    channels_ = inception->channels();
  }

  void add_pool(std::int64_t kernel) {
    add(nn::MaxPool2d(nn::MaxPool2dOptions(kernel).stride(2).ceil_mode(true)),
        {.kernel = kernel, .stride = 2, .ceil_mode = true});
  }

  BackboneOptions options_;
  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_googlenet(const BackboneOptions& options) {
  return std::make_shared<Googlenet>(options);
}

}  // namespace athanor::backbones
