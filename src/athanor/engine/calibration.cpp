#include "athanor/engine/calibration.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/compile/calibrator.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/deployed_engine.hpp"
#include "athanor/engine/network.hpp"
#include "athanor/engine/progress.hpp"

namespace athanor::engine {

namespace {

constexpr const char* calibration_role = "calibration_dataset";

std::vector<std::filesystem::path> calibration_pictures(const Job& job, std::int64_t count) {
  const auto& dataset = require_dataset(job.request.calibration_dataset, calibration_role);
  const auto pictures =
      value_or_throw<std::invalid_argument>(data::list_images(dataset.root), calibration_role);
  return data::spread_sample(pictures, static_cast<std::size_t>(count));
}

}  // namespace

compile::CalibrationTable calibrate(const Job& job,
                                    const std::string& onnx,
                                    const data::Preprocessing& preprocessing,
                                    const ConversionOptions& options) {
  const auto pictures = calibration_pictures(job, options.calibration_pictures);
  auto calibrator = value_or_throw(
      compile::Calibrator::create(onnx, options.threads.value_or(job.request.threads)));
  Progress progress(job, "Calibration", static_cast<std::int64_t>(pictures.size()));
  const auto use = [&](std::size_t, const torch::Tensor& batch) {
    throw_if_failed(calibrator.add(view_of(batch)), calibration_role);
    progress.advance(batch.size(0));
  };
  const auto in_a_batch = std::min(options.calibration_batch, compile::calibration_batch);
  data::for_each_batch(pictures, preprocessing, {.batch_size = in_a_batch, .workers = 0}, use);
  auto table =
      value_or_throw(calibrator.table(options.calibration_method, options.calibration_percentile));
  job.log(fmt::format("Calibrated {} tensors on {} pictures by {}",
                      table.ranges.size(),
                      pictures.size(),
                      compile::name_of(options.calibration_method)));
  return table;
}

}  // namespace athanor::engine
