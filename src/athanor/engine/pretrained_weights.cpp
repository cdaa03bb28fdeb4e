#include "athanor/engine/pretrained_weights.hpp"

#include <filesystem>
#include <utility>

#include "athanor/engine/checkpoint.hpp"
#include "athanor/prune/topology.hpp"
#include "athanor/tensor/safetensors.hpp"

namespace athanor::engine {

Result<tensor::NamedTensors> pretrained_weights(const contract::PretrainedInput& input,
                                                const crypto::Passphrase& key,
                                                const std::function<void(std::string_view)>& warn) {
  std::error_code error;
  if (!std::filesystem::is_directory(input.weights, error)) {
    ATHANOR_TRY(auto file, tensor::read_safetensors(input.weights));
    return std::move(file.tensors);
  }
  ATHANOR_TRY(const auto checkpoint, newest_checkpoint(input.weights, key, warn));
  if (checkpoint.model.contains(prune::topology_key)) {
    return fail(ErrorCode::unsupported,
                "it was pruned, and a fresh model has all channels; go on with it by a retrain "
                "whose parent is its last job");
  }
  ATHANOR_TRY(auto file, tensor::read_safetensors(checkpoint.weights, checkpoint.key));
  return std::move(file.tensors);
}

}  // namespace athanor::engine
