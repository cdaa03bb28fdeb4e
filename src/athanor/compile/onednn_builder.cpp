#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "athanor/compile/engine_builder.hpp"
#include "athanor/compile/fusion.hpp"
#include "athanor/compile/graph_edit.hpp"
#include "athanor/compile/onnx_reader.hpp"
#include "athanor/compile/quantisation.hpp"
#include "athanor/core/digest.hpp"
#include "athanor/runtime/engine_file.hpp"

namespace athanor::compile {

namespace {

Status check_options(const BuildOptions& options, std::string_view onnx) {
  ATHANOR_CHECK_OK(runtime::check_precision(options.precision));
  const bool int8 = options.precision == runtime::Precision::int8;
  if (!int8 && !options.float_layers.empty()) {
    return fail(ErrorCode::invalid_argument, "float_layers only mean something for int8");
  }
  if (int8 && !options.calibration) {
    return fail(ErrorCode::invalid_argument, "int8 needs a calibration table");
  }
  if (int8 && options.calibration->model != digest(onnx)) {
    return fail(ErrorCode::invalid_argument,
                "the calibration table belongs to another ONNX file; calibrate anew");
  }
  return {};
}

class OneDnnBuilder final : public EngineBuilder {
 public:
  [[nodiscard]] Status check_precision(runtime::Precision precision) const override {
    return runtime::check_precision(precision);
  }

  [[nodiscard]] Result<std::string> build(std::string_view onnx,
                                          const BuildOptions& options) const override {
    ATHANOR_CHECK_OK(check_options(options, onnx));
    ATHANOR_TRY(auto model, read_onnx(onnx));
    fuse(model);
    if (options.precision == runtime::Precision::int8) {
      ATHANOR_CHECK_OK(quantise(model, *options.calibration, options.float_layers));
    }
    model.machine = runtime::this_machine();
    model.threads = options.threads;
    const auto batch = fixed_batch(model);
    model.max_batch = batch == runtime::open_batch ? options.max_batch : batch;
    ATHANOR_CHECK_OK(check_model(model));
    return render_engine_file(model);
  }

  [[nodiscard]] Result<std::vector<QuantisableLayer>> quantisable_layers(
      std::string_view onnx) const override {
    ATHANOR_TRY(auto model, read_onnx(onnx));
    fuse(model);
    std::vector<QuantisableLayer> layers;
    for (const auto& layer : model.layers) {
      if (has_weights(layer)) {
        const auto& weights = model.values[layer.inputs[1]];
        layers.push_back({layer.name,
                          std::string(name_of(layer.operation)),
                          runtime::element_count(weights.shape).value()});
      }
    }
    return layers;
  }
};

}  // namespace

std::unique_ptr<EngineBuilder> make_onednn_builder() {
  return std::make_unique<OneDnnBuilder>();
}

}  // namespace athanor::compile
