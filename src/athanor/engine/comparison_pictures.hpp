#pragma once

#include <cstdint>

#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// Pictures [N, C, H, W] on which two forms of a model are compared: up to 64 of the job's
/// evaluation, inference or calibration data, whichever it has, evenly spread and as the model sees
/// them; noise where it has none. Throws std::runtime_error naming a picture that cannot be read.
[[nodiscard]] torch::Tensor comparison_pictures(const Job& job,
                                                const data::Preprocessing& preprocessing);

/// As many of them as `count`, repeated where needed.
[[nodiscard]] torch::Tensor repeated_to(std::int64_t count, const torch::Tensor& pictures);

}  // namespace athanor::engine
