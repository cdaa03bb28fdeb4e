#include "athanor/compile/calibrator.hpp"

#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "athanor/compile/fusion.hpp"
#include "athanor/compile/graph_edit.hpp"
#include "athanor/compile/histogram.hpp"
#include "athanor/compile/onnx_names.hpp"
#include "athanor/compile/onnx_reader.hpp"
#include "athanor/core/digest.hpp"
#include "athanor/runtime/session.hpp"

namespace athanor::compile {

namespace {

/// The model whose tensors are observed: those that the engines of the target have.
Result<runtime::EngineModel> observed_model(std::string_view onnx, CalibrationTarget target) {
  ATHANOR_TRY(auto model, read_onnx(onnx));
  if (target == CalibrationTarget::engine) {
    fuse(model);
  } else {
    remove_unused(model);
  }
  return model;
}

}  // namespace

struct Calibrator::Impl {
  Impl(std::string its_digest, CalibrationTarget its_target, const runtime::Engine& engine)
      : model_digest(std::move(its_digest)), target(its_target), session(engine) {}

  /// A node may become several layers, of whose tensors the ONNX file knows the last alone.
  [[nodiscard]] bool wants(std::string_view tensor) const {
    return target == CalibrationTarget::engine || names.contains(tensor);
  }

  std::string model_digest;
  CalibrationTarget target;
  runtime::Session session;
  NameSet names;  ///< Of the ONNX file, for TensorRT.
  std::optional<std::int64_t> required_batch;
  std::map<std::string, Histogram, std::less<>> histograms;
  std::int64_t pictures = 0;
};

Calibrator::Calibrator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Calibrator::Calibrator(Calibrator&&) noexcept = default;
Calibrator& Calibrator::operator=(Calibrator&&) noexcept = default;
Calibrator::~Calibrator() = default;

Result<Calibrator> Calibrator::create(std::string_view onnx,
                                      int threads,
                                      CalibrationTarget target) {
  ATHANOR_TRY(auto model, observed_model(onnx, target));
  const auto batch = fixed_batch(model);
  const bool is_open = batch == runtime::open_batch;
  model.threads = threads;
  model.max_batch = is_open ? calibration_batch : batch;
  ATHANOR_CHECK_OK(check_model(model));
  const runtime::Engine engine(std::make_shared<const runtime::EngineModel>(std::move(model)));
  auto impl = std::make_unique<Impl>(digest(onnx), target, engine);
  ATHANOR_TRY(impl->names, activation_names(onnx));
  if (!is_open) {
    impl->required_batch = batch;
  }
  return Calibrator(std::move(impl));
}

std::optional<std::int64_t> Calibrator::required_batch() const {
  return impl_->required_batch;
}

Status Calibrator::add(const runtime::TensorView& batch) {
  const auto count = [&](std::string_view name, const runtime::Tensor& value) {
    if (!impl_->wants(name)) {
      return;
    }
    auto histogram = impl_->histograms.find(name);
    if (histogram == impl_->histograms.end()) {
      histogram = impl_->histograms.emplace(name, Histogram()).first;
    }
    histogram->second.add(value.values);
  };
  ATHANOR_CHECK_OK(impl_->session.observe(std::span(&batch, 1), count));
  impl_->pictures += batch.shape[0];
  return {};
}

Result<CalibrationTable> Calibrator::table(CalibrationMethod method, double percentile) const {
  if (impl_->pictures == 0) {
    return fail(ErrorCode::invalid_argument,
                "there is no picture to calibrate with: give the model a calibration_dataset");
  }
  CalibrationTable table{method, impl_->model_digest, impl_->pictures, {}};
  for (const auto& [name, histogram] : impl_->histograms) {
    if (!histogram.finite()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the tensor {} takes values that are not finite", name));
    }
    table.ranges[name] = {histogram.smallest(),
                          histogram.largest(),
                          histogram.threshold(method, percentile, impl_->target)};
  }
  return table;
}

}  // namespace athanor::compile
