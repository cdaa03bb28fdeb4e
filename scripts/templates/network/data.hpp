#pragma once

#include <cstddef>
#include <cstdint>

#include "athanor/contract/job_request.hpp"
#include "athanor/engine/training_task.hpp"
#include "athanor/networks/@name@/options.hpp"

namespace athanor::networks::@name@ {

/// The samples of a job's train datasets, in batches.
class TrainingData {
 public:
  TrainingData(const contract::JobRequest& request, const TrainOptions& options);

  [[nodiscard]] std::size_t batches() const { return batches_; }

  /// Batch `index` of an epoch, always the same; several threads call it at once.
  [[nodiscard]] engine::Batch load(std::uint32_t epoch, std::size_t index) const;

 private:
  std::size_t batches_ = 0;
};

}  // namespace athanor::networks::@name@
