#pragma once

#include <functional>
#include <string>
#include <vector>

#include "athanor/compile/engine_builder.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/engine/precision_search.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::engine {

/// The int8 engines of an ONNX file, for a search among them.
class Int8Candidates : public MixedPrecisionModel {
 public:
  /// The metric of a model on the evaluation data, from 0 to 1.
  using Measure = std::function<double(const FinishedModel& model)>;

  /// `options` hold the calibration; their precision and float layers are set here. output_error()
  /// looks at some of the `pictures`, of which `expected` are the outputs of the float model.
  /// Builder, ONNX file and job outlive this object. Throws where the file cannot be read.
  Int8Candidates(const compile::EngineBuilder& builder,
                 const std::string& onnx,
                 compile::BuildOptions options,
                 const torch::Tensor& pictures,
                 const tensor::NamedTensors& expected,
                 Measure measure,
                 const Job& job);

  [[nodiscard]] std::vector<std::string> layers() const override { return layers_; }

  [[nodiscard]] double metric(const Layers& in_float) override;
  [[nodiscard]] double output_error(const std::string& layer) override;

  /// The bytes of the engine with these layers in float. Throws where it cannot be built.
  [[nodiscard]] std::string build(const Layers& in_float) const;

 private:
  const compile::EngineBuilder& builder_;
  const std::string& onnx_;
  compile::BuildOptions options_;
  torch::Tensor pictures_;
  tensor::NamedTensors expected_;
  Measure measure_;
  const Job& job_;
  std::vector<std::string> layers_;
};

}  // namespace athanor::engine
