#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/runtime/machine.hpp"
#include "athanor/runtime/tensor.hpp"

namespace athanor::runtime {

/// An input or output of an engine.
struct Port {
  std::string name;
  Shape shape;  ///< [open_batch, 3, 224, 224], or a fixed batch where the ONNX file has one.

  bool operator==(const Port&) const = default;
};

/// One step of an engine, for people.
struct LayerInfo {
  std::string name;       ///< Of the ONNX node it begins with: "layer1.0.conv1".
  std::string operation;  ///< With what is fused into it: "convolution + add + relu".
  Precision precision = Precision::fp32;
  Shape output;  ///< open_batch where the batch is open.
};

struct EngineModel;  // graph.hpp

/// A network compiled for this machine: its fused layers and their weights. Immutable, cheap to
/// copy and shared by the sessions that run it.
class Engine {
 public:
  /// Reads a file made by compile::EngineBuilder. Errors: invalid_argument for a damaged file or
  /// none of ours, unsupported for one made for another processor or version, with the mend.
  [[nodiscard]] static Result<Engine> load(const std::filesystem::path& path);

  /// The same for the file's bytes.
  [[nodiscard]] static Result<Engine> from_bytes(std::string_view bytes);

  /// What a builder has at hand without a file. `model` is valid (see check_model in graph.hpp).
  explicit Engine(std::shared_ptr<const EngineModel> model);

  [[nodiscard]] const std::vector<Port>& inputs() const { return inputs_; }

  [[nodiscard]] const std::vector<Port>& outputs() const { return outputs_; }

  /// The metadata_props of the ONNX file: classes, preprocessing, sizes.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const;

  /// int8 where at least one layer is.
  [[nodiscard]] Precision precision() const;
  /// The largest batch that a session takes.
  [[nodiscard]] std::int64_t max_batch() const;
  /// What sessions use unless they are told otherwise.
  [[nodiscard]] int threads() const;
  /// Bytes of all weights as the file has them.
  [[nodiscard]] std::uint64_t weight_bytes() const;
  /// In the order of their execution.
  [[nodiscard]] std::vector<LayerInfo> layers() const;

  [[nodiscard]] const std::shared_ptr<const EngineModel>& model() const { return model_; }

 private:
  std::shared_ptr<const EngineModel> model_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
};

}  // namespace athanor::runtime
