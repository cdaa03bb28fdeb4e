#include "athanor/networks/multitask_classification/export_model.hpp"

#include <stdexcept>

#include "athanor/core/files.hpp"
#include "athanor/data/deepstream.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/engine/onnx_proof.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::networks::multitask_classification {

namespace {

constexpr const char* input_name = "input_1";

void write_or_throw(const std::filesystem::path& path, const std::string& content) {
  if (const auto status = write_file_atomic(path, content); !status) {
    throw std::runtime_error(status.error().message);
  }
}

std::vector<std::string> output_names(const std::vector<Task>& tasks) {
  std::vector<std::string> names;
  for (const auto& task : tasks) {
    names.push_back(task.name + "/Softmax");
  }
  return names;
}

}  // namespace

Json class_mapping(const std::vector<Task>& tasks) {
  Json names = Json::array();
  Json mapping = Json::object();
  for (const auto& task : tasks) {
    names.push_back(task.name);
    Json classes = Json::object();
    for (std::size_t i = 0; i < task.classes.size(); ++i) {
      classes[std::to_string(i)] = task.classes[i];
    }
    mapping[task.name] = std::move(classes);
  }
  return {{"tasks", std::move(names)}, {"class_mapping", std::move(mapping)}};
}

engine::Report export_multitask(const engine::Job& job,
                                const Model& model,
                                bool deepstream_config) {
  const auto mapping = class_mapping(model.tasks);
  exporter::ExportRequest request;
  request.forward = [&model](const std::vector<torch::Tensor>& inputs) {
    auto outputs = model.net->forward(inputs.front());
    for (auto& output : outputs) {
      output = output.softmax(1);
    }
    return outputs;
  };
  request.weights = tensor::state_dict(*model.net);
  request.inputs = {{input_name, engine::sample_pictures(job, model.preprocessing)}};
  request.output_names = output_names(model.tasks);
  request.metadata = engine::identifying_properties("multitask_classification", describe(model));
  request.metadata["classes"] = to_text(mapping);
  request.metadata["preprocessing"] = to_text(data::to_json(model.preprocessing));
  request.graph_name = "multitask_classification";
  write_or_throw(job.artifacts / "class_mapping.json", to_pretty_text(mapping) + "\n");
  if (deepstream_config) {
    write_or_throw(
        job.artifacts / "nvinfer_config.txt",
        data::deepstream_classifier_config(model.preprocessing, request.output_names, 1));
  }
  return engine::export_and_prove(job, request);
}

}  // namespace athanor::networks::multitask_classification
