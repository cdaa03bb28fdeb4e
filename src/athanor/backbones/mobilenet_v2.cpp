#include "athanor/backbones/mobilenet_v2.hpp"

#include <fmt/format.h>

#include "athanor/backbones/chain_backbone.hpp"
#include "athanor/backbones/layer_maker.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

constexpr LayerDefaults mobilenet_v2_defaults{.activation = Activation::relu6};

struct InvertedShape {
  std::int64_t expansion;
  std::int64_t channels;
  std::int64_t blocks;
  std::int64_t stride;  ///< Of the first block.
};

constexpr InvertedShape mobilenet_v2_stages[] = {{1, 16, 1, 1},
                                                 {6, 24, 2, 2},
                                                 {6, 32, 3, 2},
                                                 {6, 64, 4, 2},
                                                 {6, 96, 3, 1},
                                                 {6, 160, 3, 2},
                                                 {6, 320, 1, 1}};

/// 1x1 to many channels, one 3x3 filter for each of them, 1x1 to few; beside a shortcut where the
/// shape stays.
class InvertedResidual : public nn::Module {
 public:
  InvertedResidual(const ConvShape& shape,
                   std::int64_t expansion,
                   const LayerMaker& make,
                   bool all_projections)
      : has_shortcut_(shape.in == shape.out && shape.stride == 1),
        conv_(register_module("conv", Chain())) {
    const auto hidden = expansion * shape.in;
    if (expansion > 1) {
      conv_->add(make.unit({shape.in, hidden, 1}));
    }
    conv_->add(make.unit({hidden, hidden, 3, shape.stride, /*groups=*/hidden}));
    auto last = make.conv({hidden, shape.out, 1});
    if (has_shortcut_) {
      make.close(last);
    }
    conv_->add(last);
    if (const auto norm = make.norm(shape.out); !norm.is_empty()) {
      conv_->add(norm);
    }
    if (has_shortcut_ && all_projections) {
      shortcut_ = register_module("shortcut", make.projection({shape.in, shape.out, 1}));
    }
  }

  torch::Tensor forward(const torch::Tensor& input) {
    auto x = conv_->forward(input);
    if (has_shortcut_) {
      x += shortcut_.is_empty() ? input : shortcut_->forward(input);
    }
    return x;
  }

 private:
  bool has_shortcut_;
  Chain conv_;
  Chain shortcut_{nullptr};
};

class MobilenetV2 : public ChainBackbone {
 public:
  explicit MobilenetV2(const BackboneOptions& options)
      : make_(options, mobilenet_v2_defaults),
        channels_(make_.channels(32)),
        features_(register_module("features", Chain())) {
    const std::int64_t stride = options.stem == Stem::small ? 1 : 2;
    add_to(
        features_, make_.unit({options.input_channels, channels_, 3, stride}), {.stride = stride});
    for (const auto& stage : mobilenet_v2_stages) {
      for (std::int64_t i = 0; i < stage.blocks; ++i) {
        add_block(stage, i == 0 ? stage.stride : 1, options.all_projections);
      }
    }
    end_block();
    const auto last = make_.channels(1280);
    add_to(features_, make_.unit({channels_, last, 1}));
    add_tap(fmt::format("features.{}", last_block()), last);
    if (options.num_classes > 0) {
      add_classifier_head(make_linear(last, options.num_classes, Init::normal), options.dropout);
    }
  }

 private:
  void add_block(const InvertedShape& stage, std::int64_t stride, bool all_projections) {
    if (stride > 1) {
      add_tap(fmt::format("features.{}", last_block()), channels_);
    }
    end_block();
    const ConvShape shape{channels_, make_.channels(stage.channels), 3, stride};
    add_to(features_,
           std::make_shared<InvertedResidual>(shape, stage.expansion, make_, all_projections),
           {.stride = stride});
    channels_ = shape.out;
  }

  LayerMaker make_;
  std::int64_t channels_;  ///< Out of the layers built so far.
  Chain features_;
};

}  // namespace

Result<std::shared_ptr<Backbone>> make_mobilenet_v2(const BackboneOptions& options) {
  return std::make_shared<MobilenetV2>(options);
}

}  // namespace athanor::backbones
