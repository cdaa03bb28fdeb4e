#pragma once

#include <string>

#include "athanor/compile/calibration_table.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/calibration_options.hpp"
#include "athanor/engine/job.hpp"

namespace athanor::engine {

/// The ranges for int8 among the artifacts of a job.
inline constexpr const char* calibration_file = "cal.bin";

/// Runs the float model of an ONNX file on pictures of the job's calibration data, evenly spread,
/// and tells what its activations range over. Throws std::invalid_argument where no such data are
/// linked or they hold no picture, std::runtime_error where the model cannot be run.
[[nodiscard]] compile::CalibrationTable calibrate(const Job& job,
                                                  const std::string& onnx,
                                                  const data::Preprocessing& preprocessing,
                                                  const CalibrationOptions& options);

}  // namespace athanor::engine
