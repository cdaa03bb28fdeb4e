#include "athanor/engine/calibration.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/compile/calibrator.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/comparison_pictures.hpp"
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

void show_all(const Job& job,
              const std::vector<std::filesystem::path>& pictures,
              const data::Preprocessing& preprocessing,
              const CalibrationOptions& options,
              compile::Calibrator& calibrator) {
  Progress progress(job, "Calibration", std::ssize(pictures));
  const auto required = calibrator.required_batch();
  const auto use = [&](std::size_t, const torch::Tensor& batch) {
    // The last ones fill a fixed batch more than once, which shows no number that is new.
    const auto shown = required ? repeated_to(*required, batch) : batch;
    throw_if_failed(calibrator.add(view_of(shown)), calibration_role);
    progress.advance(batch.size(0));
  };
  const auto at_once = std::min(options.batch_size, compile::calibration_batch);
  data::for_each_batch(
      pictures, preprocessing, {.batch_size = required.value_or(at_once), .workers = 0}, use);
}

}  // namespace

compile::CalibrationTable calibrate(const Job& job,
                                    const std::string& onnx,
                                    const data::Preprocessing& preprocessing,
                                    const CalibrationOptions& options) {
  const auto pictures = calibration_pictures(job, options.pictures);
  auto calibrator =
      value_or_throw(compile::Calibrator::create(onnx, job.request.threads, options.target));
  show_all(job, pictures, preprocessing, options, calibrator);
  auto table = value_or_throw(calibrator.table(options.method, options.percentile));
  table.pictures = std::ssize(pictures);
  job.log(fmt::format("Calibrated {} tensors on {} pictures by {}",
                      table.ranges.size(),
                      pictures.size(),
                      compile::name_of(options.method)));
  return table;
}

}  // namespace athanor::engine
