#pragma once

#include <cstdint>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/runtime/session.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// What an engine takes on this machine for one batch.
struct EngineSpeed {
  std::int64_t batch = 1;
  double milliseconds = 0;  ///< Median of several runs, after some to warm up.
  runtime::MemoryPlan memory;

  [[nodiscard]] double pictures_per_second() const {
    return 1000 * static_cast<double>(batch) / milliseconds;
  }
};

/// The batches to tell of: 1 and 8, as far as the engine takes them; that which it takes, where its
/// batch is fixed.
[[nodiscard]] std::vector<std::int64_t> batches_to_time(const runtime::Engine& engine);

/// Runs the engine on its `batch` pictures [batch, C, H, W] for about a second. Throws
/// std::runtime_error where it cannot.
[[nodiscard]] EngineSpeed time_engine(runtime::Session& session, const torch::Tensor& pictures);

/// As text for a job's stats: latency, throughput and memory, by batch.
[[nodiscard]] Json to_stats(const std::vector<EngineSpeed>& speeds);

}  // namespace athanor::engine
