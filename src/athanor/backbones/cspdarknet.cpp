#include "athanor/backbones/cspdarknet.hpp"

#include <memory>

#include "athanor/backbones/darknet_pair.hpp"
#include "athanor/backbones/darknet_stages.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

/// A convolution, then two paths of `part` channels: one past the pairs, one through them, which
/// have `hidden` channels inside. Both come together again.
class CspStage : public nn::Module {
 public:
  CspStage(const DarknetStage& stage,
           std::int64_t part,
           std::int64_t hidden,
           const LayerMaker& make)
      : entry_(register_module("entry", darknet_unit(make, stage.entry))),
        bypass_(register_module("bypass", darknet_unit(make, {stage.entry.out, part, 1}))),
        path_(register_module("path", Chain())),
        fuse_(register_module("fuse", darknet_unit(make, {2 * part, stage.entry.out, 1}))) {
    path_->add(darknet_unit(make, {stage.entry.out, part, 1}));
    for (std::int64_t i = 0; i < stage.pairs; ++i) {
      path_->add(DarknetPair(part, hidden, stage.residual, make));
    }
    path_->add(darknet_unit(make, {part, part, 1}));
  }

  torch::Tensor forward(const torch::Tensor& input) {
    const auto x = entry_->forward(input);
    return fuse_->forward(torch::cat({path_->forward(x), bypass_->forward(x)}, 1));
  }

 private:
  Chain entry_;
  Chain bypass_;
  Chain path_;
  Chain fuse_;
};

/// Without pairs there is nothing to split for.
nn::AnyModule cspdarknet_stage(const DarknetStage& stage, const LayerMaker& make) {
  if (stage.pairs == 0) {
    return nn::AnyModule(darknet_unit(make, stage.entry).ptr());
  }
  const auto half = make.channels(stage.published() / 2);
  // The first stage splits nothing: both paths keep all channels.
  const auto part = stage.index == 0 ? stage.entry.out : half;
  return nn::AnyModule(std::make_shared<CspStage>(stage, part, half, make));
}

}  // namespace

Result<std::shared_ptr<Backbone>> make_cspdarknet(const BackboneOptions& options) {
  return make_staged_darknet(options, cspdarknet_stage);
}

}  // namespace athanor::backbones
