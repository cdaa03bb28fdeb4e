#include "athanor/engine/pretrained_weights.hpp"

#include "athanor/engine/checkpoint.hpp"

namespace athanor::engine {

Result<std::filesystem::path> pretrained_weights(const contract::PretrainedInput& input) {
  std::error_code error;
  if (!std::filesystem::is_directory(input.weights, error)) {
    return input.weights;
  }
  ATHANOR_TRY(const auto checkpoint, newest_checkpoint(input.weights));
  return checkpoint.weights;
}

}  // namespace athanor::engine
