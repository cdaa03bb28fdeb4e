#pragma once

#include <string>

namespace athanor::exporter {

/// An ONNX model in the words of OpenCV 4.6.
struct OpenCvModel {
  std::string bytes;
  /// It multiplies maps by factors of other height or width, which OpenCV does for one picture.
  bool one_by_one = false;
};

/// Says otherwise what OpenCV does not understand: constant bounds of a Clip become attributes, as
/// they were before opset 11. Bytes that are no model stay as they are, for OpenCV to refuse.
[[nodiscard]] OpenCvModel for_opencv(std::string onnx_bytes);

}  // namespace athanor::exporter
