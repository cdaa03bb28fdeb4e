#pragma once

#include <string>

#include "athanor/compile/calibration_table.hpp"
#include "athanor/core/error.hpp"

namespace athanor::compile {

/// Ranges as TensorRT's programs and DeepStream read them, in place of calibrating on their own:
///
///   TRT-8503-EntropyCalibration2
///   input_1: 3caa54fc
///
/// The first line names TensorRT's version, here 8.5.3, and its calibrator. Of a tensor follow its
/// ONNX name and what one step of a byte stands for, a 127th of the threshold, as the eight
/// hexadecimal digits of an IEEE 754 float. Names with line breaks, for which the format has no
/// form, are left out. invalid_argument where nothing is left or a step is no positive, finite
/// number, naming the tensor.
[[nodiscard]] Result<std::string> render_tensorrt_table(const ActivationRanges& ranges);

}  // namespace athanor::compile
