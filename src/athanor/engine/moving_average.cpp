#include "athanor/engine/moving_average.hpp"

#include <algorithm>

namespace athanor::engine {

MovingAverage::MovingAverage(torch::nn::Module& module, double decay) : decay_(decay) {
  tracked_ = module.parameters();
  for (const auto& buffer : module.buffers()) {
    if (buffer.is_floating_point()) {
      tracked_.push_back(buffer);
    }
  }
  restart();
}

void MovingAverage::restart() {
  averages_.clear();
  for (const auto& tensor : tracked_) {
    averages_.push_back(tensor.detach().clone());
  }
}

void MovingAverage::update(std::int64_t step) {
  const torch::NoGradGuard no_grad;
  const double taken = static_cast<double>(step);
  const double decay = std::min(decay_, (1 + taken) / (10 + taken));
  for (std::size_t i = 0; i < tracked_.size(); ++i) {
    averages_[i].lerp_(tracked_[i], 1 - decay);
  }
}

tensor::NamedTensors MovingAverage::averaged(tensor::NamedTensors state) const {
  for (auto& [name, value] : state) {
    const auto found =
        std::find_if(tracked_.begin(), tracked_.end(), [&value = value](const auto& tracked) {
          return tracked.is_same(value);
        });
    if (found != tracked_.end()) {
      value = averages_[static_cast<std::size_t>(found - tracked_.begin())];
    }
  }
  return state;
}

void MovingAverage::swap() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tracked_.size(); ++i) {
    const auto held = tracked_[i].clone();
    tracked_[i].copy_(averages_[i]);
    averages_[i].copy_(held);
  }
}

AveragedWeights::AveragedWeights(MovingAverage* average) : average_(average) {
  if (average_ != nullptr) {
    average_->swap();
  }
}

AveragedWeights::~AveragedWeights() {
  if (average_ != nullptr) {
    average_->swap();
  }
}

}  // namespace athanor::engine
