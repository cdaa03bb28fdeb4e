#include "athanor/engine/graph_to_export.hpp"

namespace athanor::engine {

data::ReadingOptions proof_reading(const GraphToExport& graph) {
  return {.batch_size = proof_batch, .workers = 0, .center_crop = graph.center_crop};
}

std::vector<std::string> output_names(const GraphToExport& graph) {
  std::vector<std::string> names;
  for (const auto& output : graph.outputs) {
    names.push_back(output.name);
  }
  return names;
}

}  // namespace athanor::engine
