#include "athanor/engine/int8_deployment.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/compile/engine_builder.hpp"
#include "athanor/compile/tensorrt_table.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/calibration.hpp"
#include "athanor/engine/trained_ranges.hpp"

namespace athanor::engine {

namespace {

compile::ActivationRanges ranges_of_training(const GraphToExport& graph, const std::string& onnx) {
  return graph.read_trained_ranges ? trained_ranges_of(graph.read_trained_ranges(), onnx)
                                   : compile::ActivationRanges();
}

/// Empty where there are no pictures: an engine in int8 may still be made of ranges that its maker
/// has from elsewhere.
compile::ActivationRanges ranges_of_pictures(const Job& job,
                                             const GraphToExport& graph,
                                             const ExportOptions& options,
                                             const std::string& onnx) {
  try {
    return calibrate(job, onnx, graph.preprocessing, options.calibration).ranges;
  } catch (const std::invalid_argument& error) {
    job.log(fmt::format(
        "Warning: no {} is written, without which TensorRT does not know the ranges for "
        "int8: {}. Give the model a calibration_dataset with pictures and export again",
        calibration_file,
        error.what()));
    return {};
  }
}

compile::ActivationRanges find_ranges(const Job& job,
                                      const GraphToExport& graph,
                                      const ExportOptions& options,
                                      const std::string& onnx) {
  auto trained = ranges_of_training(graph, onnx);
  if (!trained.empty() && !options.force_calibration) {
    job.log(
        fmt::format("{} has the ranges of {} tensors from the training for int8; force_ptq "
                    "would calibrate on pictures",
                    calibration_file,
                    trained.size()));
    return trained;
  }
  if (options.force_calibration) {
    job.log(trained.empty()
                ? "force_ptq changes nothing: the model was not trained for int8, so that pictures "
                  "tell its ranges anyway"
                : "force_ptq: pictures tell the ranges instead of the training for int8");
  }
  return ranges_of_pictures(job, graph, options, onnx);
}

std::vector<std::string> int8_layers(const std::string& onnx) {
  std::vector<std::string> names;
  for (auto& layer : value_or_throw(compile::make_onednn_builder()->quantisable_layers(onnx))) {
    names.push_back(std::move(layer.name));
  }
  return names;
}

}  // namespace

Int8Deployment prepare_int8(const Job& job,
                            const GraphToExport& graph,
                            const ExportOptions& options) {
  if (options.precision != runtime::Precision::int8) {
    return {};
  }
  const auto onnx = value_or_throw(read_file(job.artifacts / exported_file));
  const auto ranges = find_ranges(job, graph, options, onnx);
  Int8Deployment int8;
  int8.layers = int8_layers(onnx);
  if (!ranges.empty()) {
    int8.table = value_or_throw(compile::render_tensorrt_table(ranges));
  }
  return int8;
}

}  // namespace athanor::engine
