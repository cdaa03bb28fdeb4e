#include "athanor/engine/pretrained_weights.hpp"

#include <filesystem>
#include <utility>

#include "athanor/engine/checkpoint.hpp"
#include "athanor/tensor/safetensors.hpp"

namespace athanor::engine {

Result<tensor::NamedTensors> pretrained_weights(const contract::PretrainedInput& input,
                                                const crypto::Passphrase& key) {
  std::error_code error;
  if (!std::filesystem::is_directory(input.weights, error)) {
    ATHANOR_TRY(auto file, tensor::read_safetensors(input.weights));
    return std::move(file.tensors);
  }
  ATHANOR_TRY(const auto checkpoint, newest_checkpoint(input.weights, key));
  ATHANOR_TRY(auto file, tensor::read_safetensors(checkpoint.weights, checkpoint.key));
  return std::move(file.tensors);
}

}  // namespace athanor::engine
