#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/runtime/graph.hpp"

/// What the passes over a model share.
namespace athanor::compile {

/// A value under a name that no other has yet.
std::size_t add_value(runtime::EngineModel& model, std::string name, runtime::Shape shape);

/// A constant of these numbers.
std::size_t add_constant(runtime::EngineModel& model,
                         std::string name,
                         runtime::Shape shape,
                         const std::vector<float>& numbers);

/// A layer with a new output of the shape that follows from its inputs; the output's index. A layer
/// whose inputs are all constants is computed at once and leaves a constant.
[[nodiscard]] Result<std::size_t> add_layer(runtime::EngineModel& model,
                                            std::string name,
                                            runtime::Operation operation,
                                            std::vector<std::size_t> inputs,
                                            std::string output_name);

/// The batch that the first input fixes; open_batch where it fixes none.
[[nodiscard]] std::int64_t fixed_batch(const runtime::EngineModel& model);

/// Which layer computes a value; none for inputs and constants.
[[nodiscard]] std::vector<std::optional<std::size_t>> producers_of(
    const runtime::EngineModel& model);

/// Which layers read a value, as often as they do; outputs of the model count as one more.
struct Uses {
  std::vector<std::size_t> layers;
  bool is_output = false;

  [[nodiscard]] std::size_t count() const { return layers.size() + (is_output ? 1 : 0); }
};

[[nodiscard]] std::vector<Uses> uses_of(const runtime::EngineModel& model);

/// A convolution or linear layer.
[[nodiscard]] bool has_weights(const runtime::Layer& layer);

/// Takes out layers that contribute to no output, then values and weights that nobody reads.
void remove_unused(runtime::EngineModel& model);

}  // namespace athanor::compile
