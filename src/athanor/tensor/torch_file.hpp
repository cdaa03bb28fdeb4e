#pragma once

#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::tensor {

/// Whether a file begins as one of torch.save(), new or old.
[[nodiscard]] Result<bool> is_torch_file(const std::filesystem::path& path);

/// The state_dict of a file of torch.save(): a zip since PyTorch 1.6, or the format before it.
/// Nothing in the file is run (unpickler.hpp). Half-precision tensors become F32, as in
/// safetensors.hpp, and all are dense. Anything that is no state_dict, is damaged or has more
/// numbers than bytes is invalid_argument with the mend.
[[nodiscard]] Result<NamedTensors> read_torch_file(const std::filesystem::path& path);

}  // namespace athanor::tensor
