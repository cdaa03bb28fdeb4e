#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/backbones/activation.hpp"
#include "athanor/core/error.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::backbones {

/// The first layers of a backbone.
enum class Stem {
  imagenet,  ///< As published: a 7x7 convolution of stride 2, then a max pool in a resnet.
  small,     ///< A 3x3 convolution of stride 1 and no pool, for pictures of about 32 pixels.
};

/// All that shapes a backbone. What an architecture has no use for, it ignores.
struct BackboneOptions {
  std::string arch = "resnet";  ///< A name of known_archs().
  std::int64_t n_layers = 18;
  std::int64_t input_channels = 3;  ///< 3 or 1.
  std::int64_t num_classes = 1000;  ///< 0 leaves the classifier head out.
  Stem stem = Stem::imagenet;
  double width = 1.0;  ///< Factor on all channel counts, which stay multiples of 8.
  /// A projection on every shortcut, also where the shapes agree. The extra ones start as the
  /// identity, so that published weights give published outputs.
  bool all_projections = false;
  bool use_pooling = true;  ///< false replaces the pools by strides; the total stride becomes 16.
  bool use_bias = false;    ///< Bias in convolutions.
  bool use_batch_norm = true;
  double batch_norm_momentum = 0.9;  ///< Share of the running statistics that a step keeps.
  double batch_norm_epsilon = 1e-5;
  Activation activation = Activation::relu;
  double dropout = 0.0;  ///< Before the last linear layer.
};

/// A feature map that a backbone hands out.
struct Tap {
  std::string name;           ///< "layer3"
  std::int64_t channels = 0;  ///< Of the map, [N, channels, H / stride, W / stride].
  std::int64_t stride = 0;    ///< Picture pixels for one of the map.
};

/// A convolutional network that serves as a classifier and as a feature extractor. Parameters and
/// buffers carry torchvision's state_dict names where torchvision has the architecture.
class Backbone : public torch::nn::Module {
 public:
  /// Feature maps from fine to coarse, in the order of forward_features().
  [[nodiscard]] virtual std::vector<Tap> taps() const = 0;

  /// Pictures [N, C, H, W] to one map for each tap.
  virtual std::vector<torch::Tensor> forward_features(const torch::Tensor& pictures) = 0;

  /// Pictures [N, C, H, W] to logits [N, num_classes]. Throws std::logic_error where num_classes
  /// is 0.
  virtual torch::Tensor forward(const torch::Tensor& pictures) = 0;

  /// What can be frozen together: the stem is block 0, its successors follow. The head is in none.
  [[nodiscard]] virtual std::vector<std::shared_ptr<torch::nn::Module>> block(
      std::int64_t index) const = 0;
  [[nodiscard]] virtual std::int64_t block_count() const = 0;

  /// Takes blocks out of training: neither weights nor running statistics change any more.
  /// Unknown numbers are invalid_argument and leave everything as it was.
  [[nodiscard]] Status freeze_blocks(std::span<const std::int64_t> blocks);

  /// The same for every batch norm.
  void freeze_batch_norm();

  /// Changes the mode; frozen batch norms stay in evaluation mode.
  void train(bool on = true) override;

 private:
  void freeze_norms_of(torch::nn::Module& module);

  std::vector<std::shared_ptr<torch::nn::Module>> frozen_norms_;
};

/// The backbone that `options` describe, with fresh weights from torch's default generator. An
/// unknown arch or depth is invalid_argument and the message lists the known ones.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_backbone(const BackboneOptions& options);

/// Every arch that make_backbone() builds.
[[nodiscard]] std::vector<std::string_view> known_archs();

}  // namespace athanor::backbones
