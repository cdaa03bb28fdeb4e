#include "athanor/backbones/mobilenet_v1.hpp"

#include <fmt/format.h>

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/layer_maker.hpp"

namespace athanor::backbones {

namespace {

struct SeparableShape {
  std::int64_t channels;
  std::int64_t stride;
};

constexpr SeparableShape mobilenet_v1_blocks[] = {{64, 1},
                                                  {128, 2},
                                                  {128, 1},
                                                  {256, 2},
                                                  {256, 1},
                                                  {512, 2},
                                                  {512, 1},
                                                  {512, 1},
                                                  {512, 1},
                                                  {512, 1},
                                                  {512, 1},
                                                  {1024, 2},
                                                  {1024, 1}};

class MobilenetV1 : public ChainBackbone {
 public:
  explicit MobilenetV1(const BackboneOptions& options)
      : make_(options, {}), features_(register_module("features", Chain())) {
    auto channels = make_.channels(32);
    const std::int64_t stride = options.stem == Stem::small ? 1 : 2;
    add_to(
        features_, make_.unit({options.input_channels, channels, 3, stride}), {.stride = stride});
    for (const auto& block : mobilenet_v1_blocks) {
      if (block.stride > 1) {
        add_tap(fmt::format("features.{}", last_block()), channels);
      }
      end_block();
      channels = add_separable(channels, block);
    }
    add_tap(fmt::format("features.{}", last_block()), channels);
    if (options.num_classes > 0) {
      add_classifier_head(make_linear(channels, options.num_classes, Init::normal),
                          options.dropout);
    }
  }

 private:
  /// One 3x3 filter a channel, then a 1x1 convolution; returns the channels that it gives.
  std::int64_t add_separable(std::int64_t in, const SeparableShape& shape) {
    const auto out = make_.channels(shape.channels);
    Chain separable;
    separable->add(make_.unit({in, in, 3, shape.stride, /*groups=*/in}));
    separable->add(make_.unit({in, out, 1}));
    add_to(features_, separable, {.stride = shape.stride});
    return out;
  }

  LayerMaker make_;
  Chain features_;
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_mobilenet_v1(const BackboneOptions& options) {
  return std::make_shared<MobilenetV1>(options);
}

}  // namespace athanor::backbones
