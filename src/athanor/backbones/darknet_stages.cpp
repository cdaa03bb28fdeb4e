#include "athanor/backbones/darknet_stages.hpp"

#include <array>
#include <string>

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

class StagedDarknet : public ChainBackbone {
 public:
  StagedDarknet(const DarknetDepth& depth,
                const BackboneOptions& options,
                const MakeDarknetStage& make_stage)
      : make_(options, darknet_defaults), channels_(make_.channels(32)) {
    add(register_module("stem", darknet_unit(make_, {options.input_channels, channels_, 3})));
    add_tap("stem", channels_);
    for (std::size_t index = 0; index < depth.pairs.size(); ++index) {
      end_block();
      const bool reduces = index > 0 || options.stem == Stem::imagenet;
      if (reduces && !depth.residual) {
        add(nn::MaxPool2d(2), {.kernel = 2, .stride = 2});
      }
      add_stage(stage_of(depth, index, reduces && depth.residual ? 2 : 1), make_stage);
    }
    if (options.num_classes > 0) {
      add_linear_head(nn::Linear(channels_, options.num_classes), options.dropout);
    }
  }

 private:
  [[nodiscard]] DarknetStage stage_of(const DarknetDepth& depth,
                                      std::size_t index,
                                      std::int64_t stride) const {
    DarknetStage stage{
        .index = index, .entry = {}, .pairs = depth.pairs[index], .residual = depth.residual};
    stage.entry = {channels_, make_.channels(stage.published()), 3, stride};
    return stage;
  }

  void add_stage(const DarknetStage& stage, const MakeDarknetStage& make_stage) {
    const auto name = fmt::format("layer{}", stage.index + 1);
    const auto layer = make_stage(stage, make_);
    register_module(name, layer.ptr());
    add(layer, {.stride = stage.entry.stride});
    channels_ = stage.entry.out;
    add_tap(name, channels_);
  }

  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_staged_darknet(const BackboneOptions& options,
                                                      const MakeDarknetStage& make_stage) {
  ATHANOR_TRY(const auto depth, row_for_depth(darknet_depths, options));
  return std::make_shared<StagedDarknet>(depth, options, make_stage);
}

}  // namespace athanor::backbones
