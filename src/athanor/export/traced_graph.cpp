#include "athanor/export/traced_graph.hpp"

namespace athanor::exporter {

namespace jit = torch::jit;

TracedGraph trace(const Forward& forward,
                  const tensor::NamedTensors& inputs,
                  const tensor::NamedTensors& weights) {
  const torch::NoGradGuard no_grad;
  jit::Stack stack;
  for (const auto* group : {&inputs, &weights}) {
    for (const auto& named : *group) {
      stack.emplace_back(named.value);
    }
  }
  const auto run = [&forward, count = inputs.size()](jit::Stack arguments) {
    std::vector<torch::Tensor> tensors;
    for (std::size_t i = 0; i < count; ++i) {
      tensors.push_back(arguments[i].toTensor());
    }
    jit::Stack results;
    for (auto& output : forward(tensors)) {
      results.emplace_back(std::move(output));
    }
    return results;
  };
  auto [state, results] = jit::tracer::trace(
      std::move(stack),
      run,
      [](const torch::Tensor&) { return std::string(); },
      /*strict=*/true,
      /*force_outplace=*/true);
  // Tensors made from numbers alone (arange, zeros) become constants.
  jit::ConstantPropagation(state->graph);
  jit::EliminateDeadCode(state->graph);

  TracedGraph traced{state->graph, inputs, weights, {}};
  for (auto& result : results) {
    traced.outputs.push_back(result.toTensor());
  }
  return traced;
}

}  // namespace athanor::exporter
