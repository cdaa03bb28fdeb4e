#include "athanor/backbones/cspdarknet_tiny.hpp"

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/darknet_pair.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

/// A convolution, of whose channels the second half takes a path of its own. The result has twice
/// as many channels: those of the convolution, then those of the path.
class CspTinyBlock : public nn::Module {
 public:
  CspTinyBlock(std::int64_t in, std::int64_t channels, const LayerMaker& make)
      : conv1_(register_module("conv1", darknet_unit(make, {in, channels, 3}))),
        conv2_(register_module("conv2", darknet_unit(make, {channels / 2, channels / 2, 3}))),
        conv3_(register_module("conv3", darknet_unit(make, {channels / 2, channels / 2, 3}))),
        conv4_(register_module("conv4", darknet_unit(make, {channels, channels, 1}))) {}

  torch::Tensor forward(const torch::Tensor& input) {
    const auto x = conv1_->forward(input);
    const auto first = conv2_->forward(x.slice(1, x.size(1) / 2));
    const auto second = conv3_->forward(first);
    return torch::cat({x, conv4_->forward(torch::cat({second, first}, 1))}, 1);
  }

 private:
  Chain conv1_;
  Chain conv2_;
  Chain conv3_;
  Chain conv4_;
};

class CspdarknetTiny : public ChainBackbone {
 public:
  explicit CspdarknetTiny(const BackboneOptions& options)
      : make_(options, darknet_defaults), channels_(options.input_channels) {
    const std::int64_t stride = options.stem == Stem::small ? 1 : 2;
    add_conv("conv0", 32, stride);
    add_tap("conv0", channels_);
    end_block();
    add_conv("conv1", 64, stride);
    add_block("csp2", 64);
    add_block("csp3", 128);
    add_block("csp4", 256);
    end_block();
    add_conv("conv5", 512, 1);
    add_tap("conv5", channels_);
    if (options.num_classes > 0) {
      add_linear_head(nn::Linear(channels_, options.num_classes), options.dropout);
    }
  }

 private:
  void add_conv(const std::string& name, std::int64_t published_channels, std::int64_t stride) {
    const ConvShape shape{channels_, make_.channels(published_channels), 3, stride};
    add(register_module(name, darknet_unit(make_, shape)), {.stride = stride});
    channels_ = shape.out;
  }

  void add_block(const std::string& name, std::int64_t published_channels) {
    end_block();
    const auto channels = make_.channels(published_channels);
    add(register_module(name, std::make_shared<CspTinyBlock>(channels_, channels, make_)));
    add_tap(name, channels, /*first_channel=*/channels);
    add(nn::MaxPool2d(2), {.kernel = 2, .stride = 2});
    channels_ = 2 * channels;
  }

  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_cspdarknet_tiny(const BackboneOptions& options) {
  return std::make_shared<CspdarknetTiny>(options);
}

}  // namespace athanor::backbones
