#include "athanor/networks/classification/export_model.hpp"

#include <utility>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/engine/trained_ranges.hpp"
#include "athanor/networks/classification/data.hpp"
#include "athanor/networks/classification/evaluation.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::networks::classification {

namespace {

engine::Measure measure_on(const contract::DatasetInput& dataset,
                           const Json& description,
                           const EvaluationOptions& options) {
  engine::FinishedModel graph{"classification", description};
  const auto classes = load_predictor(graph).classes;
  auto sample =
      list_labelled(dataset, "eval_dataset", Split::evaluation, options.label_column, classes);
  sample.images = data::spread_sample(sample.images, engine::proof_pictures);
  return [graph, sample = std::move(sample), options](const engine::RunGraph& run) mutable {
    graph.run = run;
    const auto tally = evaluate_images(load_predictor(graph), sample, options, [](std::int64_t) {});
    return engine::Figures{{"accuracy", tally.accuracy()}, {"loss", tally.loss()}};
  };
}

}  // namespace

engine::GraphToExport graph_to_export(const engine::Checkpoint& checkpoint) {
  const auto model = load_model(checkpoint);
  auto options = read_validation_options(checkpoint.spec);
  engine::GraphToExport graph;
  graph.network = checkpoint.network;
  graph.model = describe(model);
  graph.model[label_column_member] = options.label_column;
  graph.model[center_crop_member] = options.reading.center_crop;
  graph.classes = model.classes;
  graph.preprocessing = model.preprocessing;
  graph.center_crop = options.reading.center_crop;
  graph.data_digest = checkpoint.data_digest;
  graph.forward = [backbone = model.backbone](const std::vector<torch::Tensor>& inputs) {
    return std::vector<torch::Tensor>{backbone->forward(inputs.front()).softmax(1)};
  };
  graph.weights = tensor::state_dict(*model.backbone);
  graph.outputs = {{"predictions", model.classes, "labels.txt"}};
  options.reading = engine::proof_reading(graph);
  graph.read_trained_ranges = [checkpoint] { return engine::read_trained_ranges(checkpoint); };
  graph.measure_on = [description = graph.model, options](const contract::DatasetInput& dataset) {
    return measure_on(dataset, description, options);
  };
  return graph;
}

}  // namespace athanor::networks::classification
