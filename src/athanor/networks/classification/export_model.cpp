#include "athanor/networks/classification/export_model.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/files.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/export/onnx_export.hpp"
#include "athanor/export/onnx_runner.hpp"
#include "athanor/export/parity.hpp"
#include "athanor/networks/classification/data.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::networks::classification {

namespace {

constexpr const char* input_name = "input_1";
constexpr const char* output_name = "predictions";
constexpr std::size_t sample_count = 16;

template <class T>
T value_of(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.error().message);
  }
  return *std::move(result);
}

std::vector<torch::Tensor> classify(const Model& model, const torch::Tensor& pixels) {
  return {model.backbone->forward(pixels).softmax(1)};
}

/// Pictures of the evaluation data, evenly spread; noise where the job has none.
torch::Tensor samples(const engine::Job& job, const Model& model) {
  const auto& size = model.preprocessing;
  if (!job.request.eval_dataset) {
    engine::seed_torch({.use = data::RandomUse::layers});
    return torch::randn({2, static_cast<std::int64_t>(size.channels), size.height, size.width});
  }
  const auto images = value_of(data::list_images(job.request.eval_dataset->root));
  const auto step = std::max<std::size_t>(1, images.size() / sample_count);
  std::vector<std::filesystem::path> chosen;
  for (std::size_t i = 0; i < images.size() && chosen.size() < sample_count; i += step) {
    chosen.push_back(images[i]);
  }
  torch::Tensor pixels;
  for_each_batch(chosen,
                 size,
                 {.batch_size = static_cast<std::int64_t>(sample_count), .workers = 0},
                 [&](std::size_t, const torch::Tensor& batch) { pixels = batch.contiguous(); });
  return pixels;
}

exporter::Parity check(const std::filesystem::path& file,
                       const torch::Tensor& pixels,
                       const torch::Tensor& expected) {
  auto runner = value_of(exporter::OnnxRunner::load(file));
  const auto outputs = value_of(runner.run({{input_name, pixels}}, {output_name}));
  return value_of(exporter::compare_outputs({{output_name, expected}}, outputs));
}

void write_labels(const engine::Job& job, const Model& model) {
  const auto text = fmt::format("{}\n", fmt::join(model.classes, "\n"));
  if (const auto status = write_file_atomic(job.artifacts / "labels.txt", text); !status) {
    throw std::runtime_error(status.error().message);
  }
}

}  // namespace

engine::Report export_classifier(const engine::Job& job, const Model& model) {
  const torch::NoGradGuard no_grad;
  const auto pixels = samples(job, model);
  const auto file = job.artifacts / "model.onnx";
  exporter::ExportRequest request;
  request.forward = [&model](const std::vector<torch::Tensor>& inputs) {
    return classify(model, inputs.front());
  };
  request.weights = tensor::state_dict(*model.backbone);
  request.inputs = {{input_name, pixels}};
  request.output_names = {output_name};
  request.metadata = {{"classes", to_text(Json(model.classes))},
                      {"preprocessing", to_text(data::to_json(model.preprocessing))}};
  request.graph_name = "classification";
  if (const auto status = exporter::export_onnx(request, file); !status) {
    throw std::runtime_error(status.error().message);
  }
  write_labels(job, model);

  const auto parity = check(file, pixels, classify(model, pixels).front());
  job.log(
      fmt::format("model.onnx differs from the model by {:.3g} at most (allowed {:.3g}) on {} "
                  "pictures",
                  parity.largest_difference,
                  parity.tolerance,
                  pixels.size(0)));
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
                    {"compared_pictures", std::to_string(pixels.size(0))}}};
}

}  // namespace athanor::networks::classification
