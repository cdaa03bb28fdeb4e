#pragma once

#include <cstdint>
#include <string>

#include "athanor/engine/graph_to_export.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/export/parity.hpp"

namespace athanor::engine {

/// What a comparison of a model and its written graph has found.
struct GraphProof {
  exporter::Parity parity;
  Figures original;  ///< Of the model, if the pictures have labels.
  Figures written;   ///< Of the graph on the same pictures.
  std::int64_t pictures = 0;
  std::string source;  ///< Where they are from: "eval_dataset", "inference_dataset", "noise".
};

/// Runs the model and `written` on pictures of the job's evaluation data; where it has none, on
/// those of its inference data, or on noise. Where their outputs are too far apart, the model runs
/// once more in double precision, and both are held against that (exporter::allow_for()). Throws
/// std::runtime_error where one cannot run.
[[nodiscard]] GraphProof compare_graphs(const Job& job,
                                        const GraphToExport& graph,
                                        const RunGraph& written);

}  // namespace athanor::engine
