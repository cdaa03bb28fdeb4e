#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/export/onnx_interface.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::exporter {

/// Runs an ONNX file with OpenCV's dnn module, which shares no code with torch or the exporter:
/// what it computes is what users of the file get. It takes as many threads as torch does.
class OnnxRunner {
 public:
  /// Reads the file. invalid_argument where it is no ONNX model; unsupported, with OpenCV's reason,
  /// where OpenCV cannot read it.
  [[nodiscard]] static Result<OnnxRunner> load(const std::filesystem::path& path);

  OnnxRunner(OnnxRunner&&) noexcept;
  OnnxRunner& operator=(OnnxRunner&&) noexcept;
  ~OnnxRunner();

  [[nodiscard]] const OnnxInterface& interface() const;

  /// The outputs called `output_names` for float inputs. unsupported where OpenCV cannot run it.
  [[nodiscard]] Result<tensor::NamedTensors> run(const tensor::NamedTensors& inputs,
                                                 const std::vector<std::string>& output_names);

 private:
  struct Impl;
  explicit OnnxRunner(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace athanor::exporter
