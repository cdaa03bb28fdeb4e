#include "athanor/backbones/cspdarknet.hpp"

#include <array>

#include <fmt/format.h>

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/darknet_pair.hpp"
#include "athanor/backbones/depth_table.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

struct CspdarknetDepth {
  std::int64_t n_layers;
  bool residual;                      ///< With strides; the other pools.
  std::array<std::int64_t, 5> pairs;  ///< In layer1 to layer5; no pair means no split either.
};

constexpr CspdarknetDepth cspdarknet_depths[] = {
    {19, false, {0, 1, 1, 2, 2}},
    {53, true, {1, 2, 8, 8, 4}},
};

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

class Cspdarknet : public ChainBackbone {
 public:
  Cspdarknet(const CspdarknetDepth& depth, const BackboneOptions& options)
      : make_(options, darknet_defaults), channels_(make_.channels(32)) {
    add(register_module("stem", darknet_unit(make_, {options.input_channels, channels_, 3})));
    add_tap("stem", channels_);
    for (std::size_t stage = 0; stage < depth.pairs.size(); ++stage) {
      end_block();
      const bool reduces = stage > 0 || options.stem == Stem::imagenet;
      if (reduces && !depth.residual) {
        add(nn::MaxPool2d(2), {.kernel = 2, .stride = 2});
      }
      add_stage(stage, depth, reduces && depth.residual ? 2 : 1);
    }
    if (options.num_classes > 0) {
      add_linear_head(nn::Linear(channels_, options.num_classes), options.dropout);
    }
  }

 private:
  void add_stage(std::size_t stage, const CspdarknetDepth& depth, std::int64_t stride) {
    const auto published = std::int64_t{64} << stage;
    // The first stage splits nothing: both paths keep all channels.
    const auto part = stage == 0 ? published : published / 2;
    const ConvShape entry{channels_, make_.channels(published), 3, stride};
    const auto name = fmt::format("layer{}", stage + 1);
    if (depth.pairs[stage] == 0) {
      add(register_module(name, darknet_unit(make_, entry)), {.stride = stride});
    } else {
      const CspShape shape{entry,
                           make_.channels(part),
                           make_.channels(published / 2),
                           depth.pairs[stage],
                           depth.residual};
      add(register_module(name, std::make_shared<CspStage>(shape, make_)), {.stride = stride});
    }
    channels_ = entry.out;
    add_tap(name, channels_);
  }

  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_cspdarknet(const BackboneOptions& options) {
  ATHANOR_TRY(const auto depth, row_for_depth(cspdarknet_depths, options));
  return std::make_shared<Cspdarknet>(depth, options);
}

}  // namespace athanor::backbones
