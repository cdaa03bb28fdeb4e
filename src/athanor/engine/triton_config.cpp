#include "athanor/engine/triton_config.hpp"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::engine {

namespace {

/// A string of protobuf's text format.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
    }
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + '"';
}

/// Triton adds the batch itself where it is open.
std::string dims_of(std::vector<std::int64_t> sizes, const ExportOptions& options) {
  if (options.batch_size > 0) {
    sizes.insert(sizes.begin(), options.batch_size);
  }
  return fmt::format("[ {} ]", fmt::join(sizes, ", "));
}

std::string input_text(const GraphToExport& graph, const ExportOptions& options) {
  return fmt::format("  {{\n    name: {}\n    data_type: TYPE_FP32\n    dims: {}\n  }}\n",
                     quoted(input_name),
                     dims_of(graph.preprocessing.picture_shape(), options));
}

std::string output_text(const GraphOutput& output, const ExportOptions& options) {
  return fmt::format(
      "  {{\n    name: {}\n    data_type: TYPE_FP32\n    dims: {}\n    label_filename: {}\n  }}\n",
      quoted(output.name),
      dims_of({static_cast<std::int64_t>(output.classes.size())}, options),
      quoted(output.labels_file));
}

std::string batching_text(const ExportOptions& options) {
  if (options.batch_size > 0) {
    return "";
  }
  return options.usual_batch ? fmt::format("dynamic_batching {{ preferred_batch_size: [ {} ] }}\n",
                                           *options.usual_batch)
                             : "dynamic_batching { }\n";
}

}  // namespace

std::string triton_config(const GraphToExport& graph, const ExportOptions& options) {
  std::vector<std::string> outputs;
  for (const auto& output : graph.outputs) {
    outputs.push_back(output_text(output, options));
  }
  std::string text = "platform: \"onnxruntime_onnx\"\n";
  text += fmt::format("max_batch_size: {}\n", options.batch_size > 0 ? 0 : options.largest_batch);
  text += "input [\n" + input_text(graph, options) + "]\n";
  // Elements of a list are set apart by commas.
  for (auto& output : outputs) {
    output.pop_back();
  }
  text += fmt::format("output [\n{}\n]\n", fmt::join(outputs, ",\n"));
  return text + batching_text(options);
}

}  // namespace athanor::engine
