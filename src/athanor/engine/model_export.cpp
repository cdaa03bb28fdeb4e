#include "athanor/engine/model_export.hpp"

#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/core/version.hpp"
#include "athanor/engine/deployment_files.hpp"
#include "athanor/engine/export_options.hpp"
#include "athanor/engine/graph_proof.hpp"
#include "athanor/engine/int8_deployment.hpp"
#include "athanor/export/onnx_export.hpp"
#include "athanor/spec/shared_keys.hpp"

namespace athanor::engine {

namespace {

/// With the numbers that the mode stands for.
Json preprocessing_text(const data::Preprocessing& preprocessing) {
  const auto normalization = data::normalization_of(preprocessing);
  auto json = data::to_json(preprocessing);
  json["order"] = preprocessing.channels == data::Channels::gray ? "gray"
                  : normalization.red_first                      ? "RGB"
                                                                 : "BGR";
  json["mean"] = normalization.mean;
  json["deviation"] = normalization.deviation;
  return json;
}

Properties properties_of(const GraphToExport& graph) {
  auto properties = identifying_properties(graph.network, graph.model);
  properties["athanor_version"] = version_text();
  properties["classes"] = to_text(graph.classes);
  properties["input_size"] = fmt::format("{}", fmt::join(graph.preprocessing.picture_shape(), ","));
  properties["preprocessing"] = to_text(preprocessing_text(graph.preprocessing));
  if (!graph.data_digest.empty()) {
    properties["dataset_digest"] = graph.data_digest;
  }
  return properties;
}

exporter::ExportRequest request_for(const GraphToExport& graph, const ExportOptions& options) {
  const auto pictures = options.batch_size == 0 ? 2 : options.batch_size;
  exporter::ExportRequest request;
  request.forward = graph.forward;
  request.weights = graph.weights;
  request.inputs = {{input_name, torch::zeros(graph.preprocessing.batch_shape(pictures))}};
  request.output_names = output_names(graph);
  request.metadata = properties_of(graph);
  request.graph_name = graph.network;
  request.dynamic_batch = options.batch_size == 0;
  request.fold_batch_norm = options.fold_batch_norm;
  return request;
}

Report report_of(const GraphProof& proof) {
  Report report;
  report.message = "Exported model.onnx";
  report.stats = {{"largest_difference", fmt::format("{:.3g}", proof.parity.largest_difference)},
                  {"tolerance", fmt::format("{:.3g}", proof.parity.tolerance)},
                  {"compared_pictures", std::to_string(proof.pictures)},
                  {"compared_on", proof.source}};
  for (const auto& [name, value] : proof.original) {
    report.kpi["original_" + name] = value;
    report.kpi["exported_" + name] = proof.written.at(name);
  }
  return report;
}

void log_proof(const Job& job, const GraphProof& proof) {
  job.log(
      fmt::format("model.onnx differs from the model by {:.3g} at most (allowed {:.3g}) on {} "
                  "pictures of {}",
                  proof.parity.largest_difference,
                  proof.parity.tolerance,
                  proof.pictures,
                  proof.source));
  for (const auto& [name, value] : proof.original) {
    job.log(fmt::format("{} on these: {:.6g} of the model, {:.6g} of model.onnx",
                        name,
                        value,
                        proof.written.at(name)));
  }
}

void log_unheeded(const Job& job, const ExportOptions& options) {
  namespace rows = spec::keys::shared;
  const spec::SpecView spec(job.request.spec);
  for (const auto& key : {rows::max_batch_size, rows::opt_batch_size, rows::min_batch_size}) {
    if (options.batch_size > 0 && spec.has(key.path)) {
      job.log(fmt::format("Warning: {} has no effect, since static_batch_size fixes it", key.path));
    }
  }
  if (options.force_calibration && options.precision != runtime::Precision::int8) {
    job.log("Warning: force_ptq has no effect, since data_type is not int8");
  }
}

/// Throws where the written file does not compute what the model does.
GraphProof prove(const Job& job, const GraphToExport& graph) {
  const auto written = value_or_throw(open_exported_model(job.artifacts));
  auto proof = compare_graphs(job, graph, written.run);
  log_proof(job, proof);
  if (!proof.parity.within_tolerance()) {
    throw std::runtime_error(
        fmt::format("model.onnx computes other values than the model: they differ by {:.3g}, "
                    "{:.3g} is allowed",
                    proof.parity.largest_difference,
                    proof.parity.tolerance));
  }
  return proof;
}

/// The same; takes the file away where it throws, so that nobody uses it.
GraphProof prove_or_remove(const Job& job, const GraphToExport& graph) {
  try {
    return prove(job, graph);
  } catch (...) {
    std::filesystem::remove(job.artifacts / exported_file);
    throw;
  }
}

}  // namespace

Report export_model(const Job& job, const GraphToExport& graph) {
  const torch::NoGradGuard no_grad;
  const auto options = read_export_options(job.request.spec);
  log_unheeded(job, options);
  const auto request = request_for(graph, options);
  throw_if_failed(exporter::export_onnx(request, job.artifacts / exported_file));
  const auto proof = prove_or_remove(job, graph);
  write_deployment_files(job, graph, options, prepare_int8(job, graph, options));
  return report_of(proof);
}

}  // namespace athanor::engine
