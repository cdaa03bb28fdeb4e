#include "athanor/engine/onnx_proof.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/export/onnx_runner.hpp"
#include "athanor/export/parity.hpp"

namespace athanor::engine {

namespace {

constexpr std::size_t sample_count = 16;

template <class T>
T value_of(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.error().message);
  }
  return *std::move(result);
}

torch::Tensor evaluation_pictures(const Job& job, const data::Preprocessing& preprocessing) {
  const auto pictures = value_of(data::list_images(job.request.eval_dataset->root));
  torch::Tensor pixels;
  data::for_each_batch(
      data::spread_sample(pictures, sample_count),
      preprocessing,
      {.batch_size = static_cast<std::int64_t>(sample_count), .workers = 0},
      [&](std::size_t, const torch::Tensor& batch) { pixels = batch.contiguous(); });
  return pixels;
}

torch::Tensor noise(const data::Preprocessing& preprocessing) {
  seed_torch({.use = data::RandomUse::layers});
  return torch::randn({2,
                       static_cast<std::int64_t>(preprocessing.channels),
                       preprocessing.height,
                       preprocessing.width});
}

exporter::Parity compare(const std::filesystem::path& file,
                         const exporter::ExportRequest& request) {
  std::vector<torch::Tensor> inputs;
  for (const auto& [name, value] : request.inputs) {
    inputs.push_back(value);
  }
  const auto outputs = request.forward(inputs);
  tensor::NamedTensors expected;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    expected.push_back({request.output_names[i], outputs[i]});
  }
  auto runner = value_of(exporter::OnnxRunner::load(file));
  const auto actual = value_of(runner.run(request.inputs, request.output_names));
  return value_of(exporter::compare_outputs(expected, actual));
}

}  // namespace

torch::Tensor sample_pictures(const Job& job,
                              const data::Preprocessing& preprocessing,
                              std::int64_t batch_size) {
  const auto pixels =
      job.request.eval_dataset ? evaluation_pictures(job, preprocessing) : noise(preprocessing);
  if (batch_size == 0) {
    return pixels;
  }
  const auto copies = (batch_size + pixels.size(0) - 1) / pixels.size(0);
  return pixels.repeat({copies, 1, 1, 1}).slice(0, 0, batch_size).contiguous();
}

Report export_and_prove(const Job& job, const exporter::ExportRequest& request) {
  const torch::NoGradGuard no_grad;
  const auto file = job.artifacts / "model.onnx";
  if (const auto status = exporter::export_onnx(request, file); !status) {
    throw std::runtime_error(status.error().message);
  }
  const auto parity = compare(file, request);
  const auto pictures = request.inputs.front().value.size(0);
  job.log(
      fmt::format("model.onnx differs from the model by {:.3g} at most (allowed {:.3g}) on {} "
                  "pictures",
                  parity.largest_difference,
                  parity.tolerance,
                  pictures));
  if (!parity.within_tolerance()) {
    throw std::runtime_error(fmt::format(
        "model.onnx computes other values than the model: they differ by {:.3g}, {:.3g} "
        "is allowed",
        parity.largest_difference,
        parity.tolerance));
  }
  return {.message = "Exported model.onnx",
          .stats = {{"largest_difference", fmt::format("{:.3g}", parity.largest_difference)},
                    {"tolerance", fmt::format("{:.3g}", parity.tolerance)},
                    {"compared_pictures", std::to_string(pictures)}}};
}

}  // namespace athanor::engine
