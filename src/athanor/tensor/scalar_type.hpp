#pragma once

#include <optional>

#include "athanor/tensor/safetensors_header.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

/// Torch's name of a type at rest.
[[nodiscard]] torch::ScalarType torch_type_of(DataType type);

/// The type at rest of one of torch's; nullopt where there is none.
[[nodiscard]] std::optional<DataType> data_type_of(torch::ScalarType type);

/// F16 and BF16 as F32, others as they are.
[[nodiscard]] torch::Tensor widened(const torch::Tensor& value);

}  // namespace athanor::tensor
