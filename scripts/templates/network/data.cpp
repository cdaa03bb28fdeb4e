#include "athanor/networks/@name@/data.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

EvaluationData::EvaluationData(const contract::DatasetInput& /*dataset*/) {
  throw std::logic_error("@name@: list the labelled pictures");
}

TrainingData::TrainingData(const contract::JobRequest& /*request*/,
                           const TrainOptions& /*options*/) {
  throw std::logic_error("@name@: list the pictures");
}

engine::Batch TrainingData::load(std::uint32_t /*epoch*/,
                                 std::size_t /*index*/,
                                 std::size_t /*most*/) const {
  throw std::logic_error("@name@: read and augment a batch");
}

}  // namespace athanor::networks::@name@
