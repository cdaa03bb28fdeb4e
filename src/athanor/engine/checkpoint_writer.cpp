#include "athanor/engine/checkpoint_writer.hpp"

#include <chrono>
#include <stdexcept>

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

void CheckpointWriter::write(const Checkpoint& checkpoint, const CheckpointTensors& tensors) {
  finish();
  weights_.take(tensors.weights);
  optimizer_.take(tensors.optimizer);
  live_.take(tensors.live);
  work_ = std::async(std::launch::async, [this, checkpoint] {
    data::yield_to_compute();
    return folder_.save(checkpoint, {weights_.tensors(), optimizer_.tensors(), live_.tensors()});
  });
}

void CheckpointWriter::finish() {
  if (!work_.valid()) {
    return;
  }
  if (const auto done = work_.get(); !done) {
    throw std::runtime_error("the checkpoint is not saved: " + done.error().message);
  }
}

}  // namespace athanor::engine
