#pragma once

#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/data/augmentation.hpp"
#include "athanor/data/preprocessing.hpp"

namespace athanor::data {

/// Reads what the augmentation shows of a picture, augments it and writes it to `out` as
/// normalize() does. The error names the file.
[[nodiscard]] Status load_training_picture(const std::filesystem::path& path,
                                           const Augmentation& augmentation,
                                           const Preprocessing& preprocessing,
                                           SampleKey key,
                                           float* out);

}  // namespace athanor::data
