#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace athanor::catalog {

/// Height and width that a picture needs at least, for a head of one linear layer and for the
/// published one.
struct SmallestInput {
  std::int64_t plain_head = 1;
  std::int64_t published_head = 1;
};

/// What can be said of a backbone without building it, where it keeps its pools. The tests of the
/// backbones hold every line against what is built.
struct BackboneInfo {
  std::string_view arch;      ///< "resnet"
  std::int64_t n_layers = 0;  ///< 0 where the arch comes in one depth.
  std::int64_t stride = 32;   ///< Of the last map, with the stem as published.
  std::int64_t first_block = 0;
  std::int64_t last_block = 0;  ///< What freeze_blocks may name, this one included.
  SmallestInput imagenet_stem;
  SmallestInput small_stem;
  bool heeds_pooling = false;   ///< Without its pools, the last map and the sizes are others.
  bool has_norms = true;        ///< Batch norms, where use_batch_norm keeps them.
  std::int64_t parameters = 0;  ///< Of width 1 with one output behind a plain head.
};

/// Every backbone, the depths of an arch together.
[[nodiscard]] std::span<const BackboneInfo> backbones();

/// The backbone of an arch and a depth, which counts only where the arch comes in several; nullptr
/// where there is none.
[[nodiscard]] const BackboneInfo* find_backbone(std::string_view arch, std::int64_t n_layers);

/// The names of all archs, each once.
[[nodiscard]] std::vector<std::string_view> backbone_archs();

/// The depths that an arch comes in; empty where it has one, or where there is no such arch.
[[nodiscard]] std::vector<std::int64_t> backbone_depths(std::string_view arch);

/// A non-linearity that a backbone may be given.
struct ActivationInfo {
  std::string_view name;       ///< "leaky_relu"
  std::string_view parameter;  ///< The only one that it takes, "alpha"; empty: none.
  double usual = 0;            ///< A value for it.
};

[[nodiscard]] std::span<const ActivationInfo> activations();

/// The one of that name; nullptr where there is none.
[[nodiscard]] const ActivationInfo* find_activation(std::string_view name);

}  // namespace athanor::catalog
