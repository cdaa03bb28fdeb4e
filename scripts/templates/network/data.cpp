#include "athanor/networks/@name@/data.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

TrainingData::TrainingData(const contract::JobRequest& /*request*/,
                           const TrainOptions& /*options*/) {
  throw std::logic_error("@name@: list the samples");
}

engine::Batch TrainingData::load(std::uint32_t /*epoch*/, std::size_t /*index*/) const {
  throw std::logic_error("@name@: read and augment a batch");
}

}  // namespace athanor::networks::@name@
