#include "athanor/backbones/darknet.hpp"

#include "athanor/backbones/darknet_pair.hpp"
#include "athanor/backbones/darknet_stages.hpp"

namespace athanor::backbones {

namespace {

/// A convolution and the pairs, one after the other.
torch::nn::AnyModule darknet_stage(const DarknetStage& stage, const LayerMaker& make) {
  const auto hidden = make.channels(stage.published() / 2);
  Chain layer;
  layer->add(darknet_unit(make, stage.entry));
  for (std::int64_t i = 0; i < stage.pairs; ++i) {
    layer->add(DarknetPair(stage.entry.out, hidden, stage.residual, make));
  }
  return torch::nn::AnyModule(layer.ptr());
}

}  // namespace

Result<std::shared_ptr<Backbone>> make_darknet(const BackboneOptions& options) {
  return make_staged_darknet(options, darknet_stage);
}

}  // namespace athanor::backbones
