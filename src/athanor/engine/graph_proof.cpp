#include "athanor/engine/graph_proof.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/tensor/double_precision.hpp"

namespace athanor::engine {

namespace {

/// The same graph, which adds what it gives to the rows of `outputs`.
RunGraph recording(RunGraph run, tensor::NamedTensors& outputs) {
  return [run = std::move(run), &outputs](const torch::Tensor& pictures) {
    auto given = run(pictures);
    if (outputs.empty()) {
      outputs = given;
    } else {
      for (std::size_t i = 0; i < given.size(); ++i) {
        outputs[i].value = torch::cat({outputs[i].value, given[i].value});
      }
    }
    return given;
  };
}

RunGraph original_of(const GraphToExport& graph) {
  return [&graph](const torch::Tensor& pictures) {
    const auto values = graph.forward({pictures});
    tensor::NamedTensors outputs;
    for (std::size_t i = 0; i < values.size(); ++i) {
      outputs.push_back({graph.outputs.at(i).name, values[i]});
    }
    return outputs;
  };
}

/// The same graph, which keeps the pictures that it is shown.
RunGraph keeping(RunGraph run, std::vector<torch::Tensor>& shown) {
  return [run = std::move(run), &shown](const torch::Tensor& pictures) {
    shown.push_back(pictures);
    return run(pictures);
  };
}

/// What the model gives for these pictures in double precision.
tensor::NamedTensors exact_outputs(const GraphToExport& graph,
                                   const std::vector<torch::Tensor>& shown) {
  const tensor::DoublePrecision exact(graph.weights);
  tensor::NamedTensors outputs;
  const auto run = recording(original_of(graph), outputs);
  for (const auto& pictures : shown) {
    (void)run(pictures.to(torch::kDouble));
  }
  return outputs;
}

/// None where the job has no labelled pictures that fit.
Measure find_measure(const Job& job, const GraphToExport& graph) {
  if (!job.request.eval_dataset || !graph.measure_on) {
    return nullptr;
  }
  try {
    return graph.measure_on(*job.request.eval_dataset);
  } catch (const std::invalid_argument& error) {
    job.log(fmt::format("The pictures are compared without their labels: {}", error.what()));
    return nullptr;
  }
}

void show_pictures(const contract::DatasetInput& dataset,
                   const GraphToExport& graph,
                   const std::function<void(const torch::Tensor&)>& show) {
  const auto pictures = value_or_throw(data::list_images(dataset.root));
  data::for_each_batch(data::spread_sample(pictures, proof_pictures),
                       graph.preprocessing,
                       proof_reading(graph),
                       [&](std::size_t, const torch::Tensor& pixels) { show(pixels); });
}

void show_noise(const data::Preprocessing& preprocessing,
                const std::function<void(const torch::Tensor&)>& show) {
  seed_torch({.use = data::RandomUse::layers});
  for (const std::int64_t count : {1, 3}) {
    show(torch::randn(preprocessing.batch_shape(count)));
  }
}

/// Shows pictures without labels; returns where they are from.
std::string show_any(const Job& job,
                     const GraphToExport& graph,
                     const std::function<void(const torch::Tensor&)>& show) {
  const auto& request = job.request;
  if (request.eval_dataset) {
    show_pictures(*request.eval_dataset, graph, show);
    return "eval_dataset";
  }
  if (request.inference_dataset) {
    show_pictures(*request.inference_dataset, graph, show);
    return "inference_dataset";
  }
  show_noise(graph.preprocessing, show);
  return "noise";
}

/// What is far from the model may still be as near to its exact outputs as the model itself.
exporter::Parity compare_with_exact(const Job& job,
                                    const tensor::NamedTensors& exact,
                                    const tensor::NamedTensors& expected,
                                    const tensor::NamedTensors& actual) {
  const auto rounding = value_or_throw(exporter::compare_outputs(exact, expected), "the model");
  job.log(
      fmt::format("The outputs of model.onnx are compared with those of the model in double "
                  "precision, from which single precision moves it by {:.3g}",
                  rounding.largest_difference));
  return exporter::allow_for(
      rounding, value_or_throw(exporter::compare_outputs(exact, actual), "model.onnx"));
}

}  // namespace

GraphProof compare_graphs(const Job& job, const GraphToExport& graph, const RunGraph& written) {
  const torch::NoGradGuard no_grad;
  tensor::NamedTensors expected;
  tensor::NamedTensors actual;
  std::vector<torch::Tensor> shown;
  const auto run_original = keeping(recording(original_of(graph), expected), shown);
  const auto run_written = recording(written, actual);
  GraphProof proof;
  if (const auto measure = find_measure(job, graph)) {
    proof.original = measure(run_original);
    proof.written = measure(run_written);
    proof.source = "eval_dataset";
  } else {
    proof.source = show_any(job, graph, [&](const torch::Tensor& pictures) {
      (void)run_original(pictures);
      (void)run_written(pictures);
    });
  }
  if (expected.empty()) {
    throw std::runtime_error(
        fmt::format("{}: there is no picture to try model.onnx on", proof.source));
  }
  proof.parity = value_or_throw(exporter::compare_outputs(expected, actual), "model.onnx");
  if (!proof.parity.within_tolerance()) {
    proof.parity = compare_with_exact(job, exact_outputs(graph, shown), expected, actual);
  }
  proof.pictures = expected.front().value.size(0);
  return proof;
}

}  // namespace athanor::engine
