#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "athanor/contract/job_request.hpp"
#include "athanor/engine/training_task.hpp"
#include "athanor/networks/@name@/options.hpp"

namespace athanor::networks::@name@ {

/// The labelled pictures of an eval dataset.
class EvaluationData {
 public:
  explicit EvaluationData(const contract::DatasetInput& dataset);

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

/// The pictures of a job's train datasets, in batches.
class TrainingData {
 public:
  TrainingData(const contract::JobRequest& request, const TrainOptions& options);

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] std::size_t batches() const { return batches_; }

  /// Batch `index` of an epoch, or its first `most` pictures; always the same. Several threads call
  /// it at once.
  [[nodiscard]] engine::Batch load(
      std::uint32_t epoch,
      std::size_t index,
      std::size_t most = std::numeric_limits<std::size_t>::max()) const;

 private:
  std::size_t size_ = 0;
  std::size_t batches_ = 0;
};

}  // namespace athanor::networks::@name@
