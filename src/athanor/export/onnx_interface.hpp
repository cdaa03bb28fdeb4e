#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::exporter {

/// What an ONNX file says of itself.
struct OnnxInterface {
  std::vector<std::string> inputs;  ///< Names, without those of weights.
  std::vector<std::string> outputs;
  std::int64_t batch = 0;  ///< Dimension 0 of the first input; 0 where it is open.
  std::map<std::string, std::string> metadata;
};

/// invalid_argument where the bytes are no ONNX model.
[[nodiscard]] Result<OnnxInterface> read_onnx_interface(const std::string& onnx_bytes);

}  // namespace athanor::exporter
