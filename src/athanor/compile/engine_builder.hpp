#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/compile/calibration_table.hpp"
#include "athanor/core/error.hpp"
#include "athanor/runtime/machine.hpp"

namespace athanor::compile {

struct BuildOptions {
  runtime::Precision precision = runtime::Precision::fp32;
  int threads = 1;             ///< What sessions use unless told otherwise.
  std::int64_t max_batch = 1;  ///< The largest batch; where the ONNX file fixes one, that one.
  /// Ranges of the activations: needed for int8, of no use otherwise.
  std::optional<CalibrationTable> calibration = std::nullopt;
  /// Layers of quantisable_layers() that compute in float nevertheless.
  std::set<std::string> float_layers = {};
};

/// A layer that can compute in int8.
struct QuantisableLayer {
  std::string name;       ///< Of its ONNX node; what BuildOptions::float_layers names.
  std::string operation;  ///< "convolution", "linear"
  std::int64_t weights = 0;
};

/// Makes engines from ONNX files. oneDNN is the implementation for processors; one for TensorRT
/// would be another.
class EngineBuilder {
 public:
  virtual ~EngineBuilder() = default;

  /// Good where this machine runs engines of the precision, else unsupported with the reason.
  [[nodiscard]] virtual Status check_precision(runtime::Precision precision) const = 0;

  /// The engine as the bytes of its file (what runtime::Engine::from_bytes() reads); the
  /// metadata of the ONNX file goes along. Errors: unsupported, naming operator and node, for
  /// what the engine has no layer for, and for a precision that the machine lacks;
  /// invalid_argument for bytes that are no ONNX, options that contradict each other, a
  /// calibration table of another file or without a range that a layer needs, and names in
  /// float_layers that are none.
  [[nodiscard]] virtual Result<std::string> build(std::string_view onnx,
                                                  const BuildOptions& options) const = 0;

  /// In the order of execution.
  [[nodiscard]] virtual Result<std::vector<QuantisableLayer>> quantisable_layers(
      std::string_view onnx) const = 0;
};

[[nodiscard]] std::unique_ptr<EngineBuilder> make_onednn_builder();

}  // namespace athanor::compile
