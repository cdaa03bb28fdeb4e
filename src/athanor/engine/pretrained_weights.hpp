#pragma once

#include <functional>
#include <string_view>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/error.hpp"
#include "athanor/crypto/passphrase.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::engine {

/// The weights that a training starts from: those of the file given, or of the newest checkpoint
/// where the pretrained model was trained here, which `key` opens; `warn` is told of damaged ones.
[[nodiscard]] Result<tensor::NamedTensors> pretrained_weights(
    const contract::PretrainedInput& input,
    const crypto::Passphrase& key,
    const std::function<void(std::string_view)>& warn);

}  // namespace athanor::engine
