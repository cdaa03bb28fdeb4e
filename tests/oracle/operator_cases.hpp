#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "athanor/export/traced_graph.hpp"

namespace athanor::oracle {

/// Something to export, with what it needs to run.
struct OnnxCase {
  std::string name;
  std::shared_ptr<torch::nn::Module> module;  ///< Owner of the weights, or nullptr.
  exporter::Forward forward;
  std::vector<std::int64_t> input_shape;  ///< Without the batch.
  bool fold_batch_norm = true;
};

/// For GoogleTest's messages.
void PrintTo(const OnnxCase& subject, std::ostream* stream);

/// The operators of the exporter's table, each in a small network of its own.
[[nodiscard]] std::vector<OnnxCase> operator_cases();

}  // namespace athanor::oracle
