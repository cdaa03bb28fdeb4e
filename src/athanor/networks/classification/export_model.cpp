#include "athanor/networks/classification/export_model.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/files.hpp"
#include "athanor/data/deepstream.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/engine/onnx_proof.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::networks::classification {

namespace {

constexpr const char* input_name = "input_1";
constexpr const char* output_name = "predictions";

void write_or_throw(const std::filesystem::path& path, const std::string& content) {
  if (const auto status = write_file_atomic(path, content); !status) {
    throw std::runtime_error(status.error().message);
  }
}

void write_labels(const engine::Job& job, const Model& model, const ExportOptions& options) {
  write_or_throw(job.artifacts / "labels.txt", fmt::format("{}\n", fmt::join(model.classes, "\n")));
  if (!options.deepstream_config) {
    return;
  }
  write_or_throw(job.artifacts / "nvinfer_labels.txt",
                 fmt::format("{}\n", fmt::join(model.classes, ";")));
  write_or_throw(
      job.artifacts / "nvinfer_config.txt",
      data::deepstream_classifier_config(
          model.preprocessing, {output_name}, std::max<std::int64_t>(options.batch_size, 1)));
}

}  // namespace

engine::Report export_classifier(const engine::Job& job,
                                 const Model& model,
                                 const ExportOptions& options) {
  exporter::ExportRequest request;
  request.forward =
      [&model](const std::vector<torch::Tensor>& inputs) -> std::vector<torch::Tensor> {
    return {model.backbone->forward(inputs.front()).softmax(1)};
  };
  request.weights = tensor::state_dict(*model.backbone);
  request.inputs = {
      {input_name, engine::sample_pictures(job, model.preprocessing, options.batch_size)}};
  request.output_names = {output_name};
  request.metadata = engine::identifying_properties("classification", describe(model));
  request.metadata["classes"] = to_text(Json(model.classes));
  request.metadata["preprocessing"] = to_text(data::to_json(model.preprocessing));
  request.graph_name = "classification";
  request.dynamic_batch = options.batch_size == 0;
  write_labels(job, model, options);
  return engine::export_and_prove(job, request);
}

}  // namespace athanor::networks::classification
