#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "athanor/runtime/graph.hpp"
#include "athanor/runtime/onednn.hpp"
#include "athanor/runtime/session.hpp"
#include "athanor/runtime/weight_store.hpp"

namespace athanor::runtime {

/// A primitive with the memory that it works on.
struct Step {
  dnnl::primitive primitive;  ///< None where tensors only change their shape.
  std::unordered_map<int, dnnl::memory> arguments;
  std::optional<std::size_t> value;  ///< Which tensor is complete after it.
  std::string description;
};

/// A model for one batch size: every layout chosen, every tensor at its place.
struct Plan {
  std::vector<Step> steps;
  std::vector<dnnl::memory> values;  ///< Where tensors lie while they live; constants are nowhere.
  AlignedBytes arena;
  MemoryPlan memory;
};

/// What a plan is made from.
struct PlanRequest {
  std::shared_ptr<const EngineModel> model;
  std::int64_t batch = 1;
  bool reuse_memory = true;
};

/// Chooses layouts and implementations for the number of OpenMP threads that is set. Throws
/// dnnl::error where oneDNN cannot compute a layer and std::bad_alloc.
[[nodiscard]] std::unique_ptr<Plan> make_plan(const PlanRequest& request,
                                              const dnnl::engine& engine,
                                              WeightStore& weights);

}  // namespace athanor::runtime
