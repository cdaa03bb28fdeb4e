#include "athanor/compile/calibrator.hpp"

#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "athanor/compile/fusion.hpp"
#include "athanor/compile/histogram.hpp"
#include "athanor/compile/onnx_reader.hpp"
#include "athanor/core/digest.hpp"
#include "athanor/runtime/session.hpp"

namespace athanor::compile {

struct Calibrator::Impl {
  Impl(std::string its_digest, const runtime::Engine& engine)
      : model_digest(std::move(its_digest)), session(engine) {}

  std::string model_digest;
  runtime::Session session;
  std::map<std::string, Histogram, std::less<>> histograms;
  std::int64_t pictures = 0;
};

Calibrator::Calibrator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Calibrator::Calibrator(Calibrator&&) noexcept = default;
Calibrator& Calibrator::operator=(Calibrator&&) noexcept = default;
Calibrator::~Calibrator() = default;

Result<Calibrator> Calibrator::create(std::string_view onnx, int threads) {
  // The tensors between the layers of an engine are those that need ranges.
  ATHANOR_TRY(auto model, read_onnx(onnx));
  fuse(model);
  model.threads = threads;
  model.max_batch = calibration_batch;
  ATHANOR_CHECK_OK(check_model(model));
  const runtime::Engine engine(std::make_shared<const runtime::EngineModel>(std::move(model)));
  return Calibrator(std::make_unique<Impl>(digest(onnx), engine));
}

Status Calibrator::add(const runtime::TensorView& batch) {
  const auto count = [&](std::string_view name, const runtime::Tensor& value) {
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
    table.ranges[name] = {
        histogram.smallest(), histogram.largest(), histogram.threshold(method, percentile)};
  }
  return table;
}

}  // namespace athanor::compile
