#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/runtime/engine.hpp"
#include "athanor/runtime/tensor.hpp"

namespace athanor::runtime {

struct SessionOptions {
  int threads = 0;  ///< 0: as the engine says.
  /// false gives every activation memory of its own, to compare with.
  bool reuse_memory = true;
};

/// Bytes that a batch needs.
struct MemoryPlan {
  std::uint64_t weights = 0;      ///< In the layouts that the layers want.
  std::uint64_t activations = 0;  ///< One block, in which tensors share what is free in turn.
  std::uint64_t activations_without_reuse = 0;
  std::uint64_t scratch = 0;  ///< What layers need while they run, shared by all.
};

/// Runs an engine. A plan is compiled for each batch size when it first comes (layouts chosen,
/// memory laid out) and kept; weights are put into their layouts once and shared by the plans.
/// Calls of one session wait for each other; for more at a time make more sessions.
class Session {
 public:
  explicit Session(const Engine& engine, SessionOptions options = {});
  ~Session();

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// The outputs, in the order of engine().outputs(), for inputs in the order of
  /// engine().inputs(). All inputs have one batch of 1 to max_batch(). invalid_argument, naming
  /// the input, for other shapes.
  [[nodiscard]] Result<std::vector<Tensor>> run(std::span<const TensorView> inputs);

  /// For a network with one input.
  [[nodiscard]] Result<std::vector<Tensor>> run(const TensorView& input);

  /// Hears every tensor between layers, in float, as soon as it is computed: the inputs under
  /// their names, then the output of each layer under the ONNX name of that tensor.
  using Observer = std::function<void(std::string_view name, const Tensor& value)>;

  /// run() with an observer. Slower, since every tensor is copied.
  [[nodiscard]] Result<std::vector<Tensor>> observe(std::span<const TensorView> inputs,
                                                    const Observer& observer);

  /// Makes the plan for a batch, if there is none yet, and says what memory it takes.
  [[nodiscard]] Result<MemoryPlan> memory_plan(std::int64_t batch);

  /// The plan for a batch step by step with the implementation that oneDNN chose, for debugging.
  [[nodiscard]] Result<std::vector<std::string>> describe(std::int64_t batch);

  [[nodiscard]] const Engine& engine() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace athanor::runtime
