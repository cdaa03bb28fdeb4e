#include "athanor/backbones/darknet.hpp"

#include <array>

#include <fmt/format.h>

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/darknet_pair.hpp"
#include "athanor/backbones/depth_table.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

struct DarknetDepth {
  std::int64_t n_layers;
  bool residual;                      ///< With strides; the other pools.
  std::array<std::int64_t, 5> pairs;  ///< In layer1 to layer5.
};

constexpr DarknetDepth darknet_depths[] = {
    {19, false, {0, 1, 1, 2, 2}},
    {53, true, {1, 2, 8, 8, 4}},
};

class Darknet : public ChainBackbone {
 public:
  Darknet(const DarknetDepth& depth, const BackboneOptions& options)
      : make_(options, darknet_defaults), channels_(make_.channels(32)) {
    add(register_module("stem", darknet_unit(make_, {options.input_channels, channels_, 3})));
    add_tap("stem", channels_);
    for (std::size_t stage = 0; stage < depth.pairs.size(); ++stage) {
      end_block();
      const bool reduces = stage > 0 || options.stem == Stem::imagenet;
      add_stage(stage, depth, reduces);
    }
    if (options.num_classes > 0) {
      add_linear_head(nn::Linear(channels_, options.num_classes), options.dropout);
    }
  }

 private:
  void add_stage(std::size_t stage, const DarknetDepth& depth, bool reduces) {
    if (reduces && !depth.residual) {
      add(nn::MaxPool2d(2), {.kernel = 2, .stride = 2});
    }
    const std::int64_t stride = reduces && depth.residual ? 2 : 1;
    const auto published = std::int64_t{64} << stage;
    const auto out = make_.channels(published);
    Chain layer;
    layer->add(darknet_unit(make_, {channels_, out, 3, stride}));
    for (std::int64_t i = 0; i < depth.pairs[stage]; ++i) {
      layer->add(DarknetPair(out, make_.channels(published / 2), depth.residual, make_));
    }
    channels_ = out;
    const auto name = fmt::format("layer{}", stage + 1);
    add(register_module(name, layer), {.stride = stride});
    add_tap(name, channels_);
  }

  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_darknet(const BackboneOptions& options) {
  ATHANOR_TRY(const auto depth, row_for_depth(darknet_depths, options));
  return std::make_shared<Darknet>(depth, options);
}

}  // namespace athanor::backbones
