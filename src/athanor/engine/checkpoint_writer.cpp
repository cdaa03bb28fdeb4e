#include "athanor/engine/checkpoint_writer.hpp"

#include <chrono>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/prefetcher.hpp"

namespace athanor::engine {

void CheckpointWriter::prepare(const CheckpointTensors& tensors) {
  finish();
  weights_.fit(tensors.weights);
  optimizer_.fit(tensors.optimizer);
  live_.fit(tensors.live);
  work_ = std::async(std::launch::async, [this]() -> Status {
    data::yield_to_compute();
    weights_.touch();
    optimizer_.touch();
    live_.touch();
    return {};
  });
}

bool CheckpointWriter::is_busy() const {
  return work_.valid() && work_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
}

void CheckpointWriter::write(const Checkpoint& checkpoint,
                             const CheckpointTensors& tensors,
                             const std::vector<torch::Tensor>& at_once) {
  finish();
  weights_.begin(tensors.weights, at_once);
  optimizer_.begin(tensors.optimizer, at_once);
  live_.begin(tensors.live, at_once);
  work_ = std::async(std::launch::async, [this, checkpoint] {
    weights_.finish();
    optimizer_.finish();
    live_.finish();
    data::yield_to_compute();  // Only now: training may wait for the copies.
    return folder_.save(checkpoint, {weights_.tensors(), optimizer_.tensors(), live_.tensors()});
  });
}

void CheckpointWriter::wait_for_copies() {
  weights_.finish_on_all_threads();
  optimizer_.finish_on_all_threads();
  live_.finish_on_all_threads();
}

void CheckpointWriter::finish() {
  if (work_.valid()) {
    throw_if_failed(work_.get(), "the checkpoint is not saved");
  }
}

}  // namespace athanor::engine
