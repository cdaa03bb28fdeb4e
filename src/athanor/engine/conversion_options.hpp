#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "athanor/core/json.hpp"
#include "athanor/engine/calibration_options.hpp"
#include "athanor/runtime/machine.hpp"
#include "athanor/runtime/tensor.hpp"

namespace athanor::engine {

/// What the spec of a conversion says; its paths are the same for all networks.
struct ConversionOptions {
  runtime::Precision precision = runtime::Precision::fp32;
  std::int64_t max_batch = 1;
  /// [C, H, W] that the old spelling of the shapes gives; empty where it is not used.
  runtime::Shape picture;
  CalibrationOptions calibration;               ///< For int8.
  double accuracy_budget = 1;                   ///< In points of a hundred.
  std::optional<int> threads;                   ///< None: those of the job.
  std::optional<std::int64_t> workspace_bytes;  ///< That layers should do with while they run.
};

/// Throws std::invalid_argument, naming the parameter and the mend, for values that are malformed
/// and for a precision that this machine lacks.
[[nodiscard]] ConversionOptions read_conversion_options(const Json& spec);

}  // namespace athanor::engine
