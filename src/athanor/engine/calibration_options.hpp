#pragma once

#include <cstdint>

#include "athanor/compile/calibration_table.hpp"

namespace athanor::engine {

/// On how many pictures activations are observed, and how a range is made of what was seen.
struct CalibrationOptions {
  std::int64_t pictures = 1;
  std::int64_t batch_size = 1;  ///< Pictures run at once.
  compile::CalibrationMethod method = compile::CalibrationMethod::entropy;
  double percentile = compile::usual_percentile;  ///< Of the method of that name.
  compile::CalibrationTarget target = compile::CalibrationTarget::engine;
};

}  // namespace athanor::engine
