#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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
  imagenet,  ///< As published.
  /// Without the first reductions, for pictures of about 32 pixels: a convolution that strides
  /// takes 3x3 pixels and stride 1, and no pool follows it. Where the first convolution keeps the
  /// size as published, the reduction behind it goes.
  small,
};

/// All that shapes a backbone. heeds() says which architectures have a use for what.
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
  bool use_pooling = true;       ///< false replaces the pools by strides; the total stride is 16.
  std::optional<bool> use_bias;  ///< Bias in convolutions. Absent: as published.
  bool use_batch_norm = true;
  double batch_norm_momentum = 0.9;  ///< Share of the running statistics that a step keeps.
  double batch_norm_epsilon = 1e-5;
  std::optional<Activation> activation;  ///< Absent: as published.
  /// The head as published; false: a global average pool and one linear layer.
  bool retain_head = false;
  double dropout = 0.0;  ///< Before the last layer, and wherever else the head drops features.
};

/// Options that some architectures have no use for.
enum class Option { n_layers, all_projections, use_pooling, use_batch_norm, retain_head };

/// Whether `option` changes anything in backbones of `arch`. What an architecture does not heed, it
/// ignores. Of an arch that does not exist nothing is heeded.
[[nodiscard]] bool heeds(std::string_view arch, Option option);

/// A feature map that a backbone hands out.
struct Tap {
  std::string name;  ///< "layer3"
  /// Of the map, [N, channels, H / stride, W / stride]; where an architecture pads less (alexnet,
  /// squeezenet), the map is up to three pixels smaller.
  std::int64_t channels = 0;
  std::int64_t stride = 0;  ///< Picture pixels for one of the map.
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

  /// What can be frozen together, numbered from first_block(): 0 is the stem where the first layers
  /// are a block of their own, its successors follow. The head is in none.
  [[nodiscard]] virtual std::vector<std::shared_ptr<torch::nn::Module>> block(
      std::int64_t index) const = 0;
  [[nodiscard]] virtual std::int64_t first_block() const = 0;
  [[nodiscard]] virtual std::int64_t last_block() const = 0;

  /// Height and width that a picture needs at least.
  [[nodiscard]] virtual std::int64_t smallest_input() const = 0;

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
/// unknown arch or depth is invalid_argument, an arch that cannot be built here unsupported; the
/// message names the option and lists what there is.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_backbone(const BackboneOptions& options);

/// Every arch that make_backbone() builds.
[[nodiscard]] std::vector<std::string_view> known_archs();

/// "resnet18", "efficientnet_b0": the arch, with its depth where it comes in several.
[[nodiscard]] std::string full_name(const BackboneOptions& options);

}  // namespace athanor::backbones
