#pragma once

#include <filesystem>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::pretrained {

inline constexpr const char* weights_file = "weights.safetensors";
inline constexpr const char* manifest_file = "manifest.json";

/// Reads a file of torch.save() or safetensors with the weights of a backbone, whoever made it,
/// checks names and shapes, and writes into `folder`, which exists:
///
/// - weights_file: every tensor of the backbone as F32, its batch norms expanded where the file has
///   them folded into the convolutions, its auxiliary classifiers left out;
/// - manifest_file: {"backbone", "format", "classes", "tensors", "parameters", "notes",
///   "properties"}, the last one for the defaults of specs (backbone_name.hpp).
///
/// What the file lacks, has too much or in another shape is invalid_argument naming it.
[[nodiscard]] Status import_weights(const std::filesystem::path& file,
                                    std::string_view backbone,
                                    const std::filesystem::path& folder);

}  // namespace athanor::pretrained
