#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/data/augmentation.hpp"
#include "athanor/networks/classification/options.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::networks::classification {

/// Target probabilities [N, classes]: 1 - smoothing on the label, plus smoothing / classes on every
/// class.
[[nodiscard]] torch::Tensor smooth_targets(std::span<const std::int64_t> labels,
                                           std::int64_t classes,
                                           double smoothing);

/// Blends every sample with its mirror place in the batch (the first with the last), in place:
/// ratio * own + (1 - ratio) * partner, with ratio >= 1/2 from Beta(alpha, alpha) and the sample's
/// own key. `pixels` is [N, ...] and `targets` [N, classes], both dense.
void mix_up(torch::Tensor& pixels,
            torch::Tensor& targets,
            double alpha,
            std::span<const data::SampleKey> keys);

/// One weight for each class, in inverse proportion to how many of `labels` it has: the mean over
/// the labels is 1. Classes without any have 0.
[[nodiscard]] torch::Tensor balanced_weights(std::span<const std::int64_t> labels,
                                             std::int64_t classes);

/// What `weighting` makes of the labels: a factor for each class, or an undefined tensor where all
/// count the same. Throws std::invalid_argument where it names a class that there is not; `kind`
/// says what of ("class").
[[nodiscard]] torch::Tensor class_weights(const ClassWeighting& weighting,
                                          const std::vector<std::string>& classes,
                                          std::span<const std::int64_t> labels,
                                          std::string_view kind = "class");

/// Mean cross-entropy of logits [N, classes] against target probabilities; `class_weights`
/// [classes], if defined, are factors on the targets.
[[nodiscard]] torch::Tensor soft_cross_entropy(const torch::Tensor& logits,
                                               const torch::Tensor& targets,
                                               const torch::Tensor& class_weights = {});

}  // namespace athanor::networks::classification
