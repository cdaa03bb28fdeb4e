#include "athanor/engine/deployment_files.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/files.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/deepstream.hpp"
#include "athanor/engine/calibration.hpp"
#include "athanor/engine/triton_config.hpp"
#include "athanor/engine/usage_note.hpp"

namespace athanor::engine {

namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  throw_if_failed(write_file_atomic(path, content));
}

void write_labels(const fs::path& folder, const GraphToExport& graph) {
  for (const auto& output : graph.outputs) {
    write(folder / output.labels_file, fmt::format("{}\n", fmt::join(output.classes, "\n")));
  }
}

/// One content under two names; a second copy where the file system has no such links.
void link_or_copy(const fs::path& file, const fs::path& link) {
  fs::create_directories(link.parent_path());
  fs::remove(link);
  std::error_code unsupported;
  fs::create_hard_link(file, link, unsupported);
  if (unsupported) {
    fs::copy_file(file, link);
  }
}

void write_triton_repository(const fs::path& artifacts,
                             const GraphToExport& graph,
                             const ExportOptions& options) {
  const auto folder = artifacts / "triton" / graph.network;
  write(folder / "config.pbtxt", triton_config(graph, options));
  write_labels(folder, graph);
  link_or_copy(artifacts / exported_file, folder / "1" / exported_file);
}

/// A line for each output, its classes between semicolons. A semicolon in a name would shift all
/// labels behind it, and nvinfer knows no escape, so that a comma stands there.
std::string nvinfer_labels(const GraphToExport& graph) {
  std::string text;
  for (const auto& output : graph.outputs) {
    auto classes = output.classes;
    for (auto& name : classes) {
      std::ranges::replace(name, ';', ',');
    }
    text += fmt::format("{}\n", fmt::join(classes, ";"));
  }
  return text;
}

void warn_of_semicolons(const Job& job, const GraphToExport& graph) {
  const auto has_one = [](const std::string& name) { return name.find(';') != name.npos; };
  for (const auto& output : graph.outputs) {
    const auto found = std::ranges::find_if(output.classes, has_one);
    if (found != output.classes.end()) {
      job.log(
          fmt::format("Warning: nvinfer_labels.txt has commas for the semicolons in names of "
                      "classes, as in \"{}\": DeepStream ends a name at a semicolon",
                      *found));
      return;
    }
  }
}

data::DeepstreamMode nvinfer_mode(runtime::Precision precision) {
  switch (precision) {
    case runtime::Precision::fp32:
      return data::DeepstreamMode::fp32;
    case runtime::Precision::fp16:
      return data::DeepstreamMode::fp16;
    case runtime::Precision::int8:
      return data::DeepstreamMode::int8;
  }
  throw std::logic_error("a precision without a number of nvinfer's");
}

data::DeepstreamEngine nvinfer_engine(const ExportOptions& options, const Int8Deployment& int8) {
  return {
      .batch_size = options.batch_size > 0 ? options.batch_size : options.usual_batch.value_or(1),
      .mode = nvinfer_mode(options.precision),
      .workspace_bytes = options.workspace_bytes,
      .calibration_file = int8.table.empty() ? "" : calibration_file};
}

}  // namespace

void write_deployment_files(const Job& job,
                            const GraphToExport& graph,
                            const ExportOptions& options,
                            const Int8Deployment& int8) {
  const auto& artifacts = job.artifacts;
  write_labels(artifacts, graph);
  write_triton_repository(artifacts, graph, options);
  if (!int8.table.empty()) {
    write(artifacts / calibration_file, int8.table);
  }
  if (options.deepstream_config) {
    warn_of_semicolons(job, graph);
    write(artifacts / "nvinfer_labels.txt", nvinfer_labels(graph));
    write(artifacts / "nvinfer_config.txt",
          data::deepstream_classifier_config(
              graph.preprocessing, output_names(graph), nvinfer_engine(options, int8)));
  }
  write(artifacts / "README.md", usage_note(graph, options, int8));
}

}  // namespace athanor::engine
