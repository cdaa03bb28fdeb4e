#pragma once

#include <cstdint>
#include <optional>

#include "athanor/core/json.hpp"
#include "athanor/engine/calibration_options.hpp"
#include "athanor/runtime/machine.hpp"

namespace athanor::engine {

/// What the specs of all exports say alike.
struct ExportOptions {
  std::int64_t batch_size = 0;  ///< Of model.onnx; 0 leaves it open.
  bool fold_batch_norm = true;
  bool deepstream_config = true;
  std::int64_t largest_batch = 32;               ///< That a server may put together.
  std::optional<std::int64_t> usual_batch{};     ///< That it should put together, if it can.
  std::optional<std::int64_t> smallest_batch{};  ///< That engines made of model.onnx are to take.
  /// Of the engines that DeepStream and TensorRT make; model.onnx is in fp32 always.
  runtime::Precision precision = runtime::Precision::fp32;
  bool strict_precision = false;  ///< TensorRT takes no other where it would be faster or wider.
  std::optional<std::int64_t> workspace_bytes{};  ///< Of DeepStream's engine.
  CalibrationOptions calibration{};               ///< For int8.
  bool force_calibration = false;                 ///< Of models that were trained for int8, too.
};

/// Of a spec that keeps to the rules of preflight.
[[nodiscard]] ExportOptions read_export_options(const Json& spec);

}  // namespace athanor::engine
