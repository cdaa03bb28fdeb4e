#include "athanor/engine/calibration.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/compile/calibrator.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/deployed_engine.hpp"
#include "athanor/engine/network.hpp"
#include "athanor/engine/progress.hpp"

namespace athanor::engine {

namespace {

constexpr const char* calibration_role = "calibration_dataset";

std::vector<std::filesystem::path> calibration_pictures(const Job& job, std::int64_t count) {
  const auto& dataset = require_dataset(job.request.calibration_dataset, calibration_role);
  const auto pictures = data::list_images(dataset.root);
  if (!pictures) {
    throw std::invalid_argument(pictures.error().within(calibration_role).message);
  }
  return data::spread_sample(*pictures, static_cast<std::size_t>(count));
}

}  // namespace

compile::CalibrationTable calibrate(const Job& job,
                                    const std::string& onnx,
                                    const data::Preprocessing& preprocessing,
                                    const ConversionOptions& options) {
  const auto pictures = calibration_pictures(job, options.calibration_pictures);
  auto calibrator =
      compile::Calibrator::create(onnx, options.threads.value_or(job.request.threads));
  if (!calibrator) {
    throw std::runtime_error(calibrator.error().message);
  }
  Progress progress(job, "Calibration", static_cast<std::int64_t>(pictures.size()));
  const auto use = [&](std::size_t, const torch::Tensor& batch) {
    if (const auto status = calibrator->add(view_of(batch)); !status) {
      throw std::runtime_error(status.error().within(calibration_role).message);
    }
    progress.advance(batch.size(0));
  };
  const auto in_a_batch = std::min(options.calibration_batch, compile::calibration_batch);
  data::for_each_batch(pictures, preprocessing, {.batch_size = in_a_batch, .workers = 0}, use);
  auto table = calibrator->table(options.calibration_method, options.calibration_percentile);
  if (!table) {
    throw std::runtime_error(table.error().message);
  }
  job.log(fmt::format("Calibrated {} tensors on {} pictures by {}",
                      table->ranges.size(),
                      pictures.size(),
                      compile::name_of(options.calibration_method)));
  return *std::move(table);
}

}  // namespace athanor::engine
