#include "athanor/networks/multitask_classification/export_model.hpp"

#include <utility>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/engine/trained_ranges.hpp"
#include "athanor/networks/multitask_classification/evaluation.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::networks::multitask_classification {

namespace {

engine::Measure measure_on(const contract::DatasetInput& dataset,
                           const Json& description,
                           const data::ReadingOptions& reading) {
  engine::FinishedModel graph{"multitask_classification", description};
  auto sample = list_evaluation_pictures(dataset, "eval_dataset", tasks_in(description));
  sample.pictures = data::spread_sample(sample.pictures, engine::proof_pictures);
  sample.labels = data::spread_sample(sample.labels, engine::proof_pictures);
  return [graph, sample = std::move(sample), reading](const engine::RunGraph& run) mutable {
    graph.run = run;
    const auto tallies =
        evaluate_pictures(load_predictor(graph), sample, reading, [](std::int64_t) {});
    return engine::Figures{{"accuracy", mean_accuracy(tallies)}};
  };
}

std::vector<engine::GraphOutput> outputs_of(const std::vector<Task>& tasks) {
  std::vector<engine::GraphOutput> outputs;
  for (const auto& task : tasks) {
    const auto file = "labels_" + file_name_of(task, outputs.size()) + ".txt";
    outputs.push_back({task.name + "/Softmax", task.classes, file});
  }
  return outputs;
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

engine::GraphToExport graph_to_export(const engine::Checkpoint& checkpoint) {
  const auto model = load_model(checkpoint);
  engine::GraphToExport graph;
  graph.network = checkpoint.network;
  graph.model = describe(model);
  graph.classes = class_mapping(model.tasks);
  graph.preprocessing = model.preprocessing;
  graph.data_digest = checkpoint.data_digest;
  graph.forward = [net = model.net](const std::vector<torch::Tensor>& inputs) {
    auto outputs = net->forward(inputs.front());
    for (auto& output : outputs) {
      output = output.softmax(1);
    }
    return outputs;
  };
  graph.weights = tensor::state_dict(*model.net);
  graph.outputs = outputs_of(model.tasks);
  graph.read_trained_ranges = [checkpoint] { return engine::read_trained_ranges(checkpoint); };
  graph.measure_on = [description = graph.model,
                      reading = engine::proof_reading(graph)](const contract::DatasetInput& data) {
    return measure_on(data, description, reading);
  };
  return graph;
}

}  // namespace athanor::networks::multitask_classification
