#include "athanor/backbones/cspdarknet.hpp"

#include <memory>

#include "athanor/backbones/darknet_pair.hpp"
#include "athanor/backbones/darknet_stages.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

struct CspShape {
  ConvShape entry;          ///< Of the first convolution.
  std::int64_t part = 0;    ///< Channels of each of the two paths.
  std::int64_t hidden = 0;  ///< Channels inside of a pair.
  std::int64_t pairs = 0;
  bool residual = false;
};

/// A convolution, then two paths: one past the pairs, one through them. Both come together again.
class CspStage : public nn::Module {
 public:
  CspStage(const CspShape& shape, const LayerMaker& make)
      : entry_(register_module("entry", darknet_unit(make, shape.entry))),
        bypass_(register_module("bypass", darknet_unit(make, {shape.entry.out, shape.part, 1}))),
        path_(register_module("path", Chain())),
        fuse_(register_module("fuse", darknet_unit(make, {2 * shape.part, shape.entry.out, 1}))) {
    path_->add(darknet_unit(make, {shape.entry.out, shape.part, 1}));
    for (std::int64_t i = 0; i < shape.pairs; ++i) {
      path_->add(DarknetPair(shape.part, shape.hidden, shape.residual, make));
    }
    path_->add(darknet_unit(make, {shape.part, shape.part, 1}));
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
  const CspShape shape{stage.entry, part, half, stage.pairs, stage.residual};
  return nn::AnyModule(std::make_shared<CspStage>(shape, make));
}

}  // namespace

Result<std::shared_ptr<Backbone>> make_cspdarknet(const BackboneOptions& options) {
  return make_staged_darknet(options, cspdarknet_stage);
}

}  // namespace athanor::backbones
