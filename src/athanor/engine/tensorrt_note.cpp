#include "athanor/engine/tensorrt_note.hpp"

#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/engine/calibration.hpp"

namespace athanor::engine {

namespace {

using Flags = std::vector<std::string>;

void append(Flags& flags, const Flags& more) {
  flags.insert(flags.end(), more.begin(), more.end());
}

std::string shape_flag(const char* name, std::int64_t batch, const data::Preprocessing& picture) {
  return fmt::format("--{}={}:{}x{}x{}x{}",
                     name,
                     input_name,
                     batch,
                     static_cast<int>(picture.channels),
                     picture.height,
                     picture.width);
}

/// An open batch needs bounds.
Flags shape_flags(const GraphToExport& graph, const ExportOptions& options) {
  if (options.batch_size > 0) {
    return {};
  }
  const auto smallest = options.smallest_batch.value_or(1);
  return {shape_flag("minShapes", smallest, graph.preprocessing),
          shape_flag("optShapes", options.usual_batch.value_or(smallest), graph.preprocessing),
          shape_flag("maxShapes", options.largest_batch, graph.preprocessing)};
}

Flags precision_flags(runtime::Precision precision, const Int8Deployment& int8) {
  switch (precision) {
    case runtime::Precision::fp32:
      return {};
    case runtime::Precision::fp16:
      return {"--fp16"};
    case runtime::Precision::int8:
      break;
  }
  return int8.table.empty() ? Flags{"--int8"}
                            : Flags{"--int8", fmt::format("--calib={}", calibration_file)};
}

/// What keeps TensorRT from another number type where that would be faster. It has no int8 for some
/// layers without weights, softmax for one, so that to demand it of all would fail.
Flags strict_flags(runtime::Precision precision, const Int8Deployment& int8) {
  const auto obey = [](const std::string& precisions) {
    return Flags{"--precisionConstraints=obey", fmt::format("'--layerPrecisions={}'", precisions)};
  };
  switch (precision) {
    case runtime::Precision::fp32:
      return {"--noTF32"};
    case runtime::Precision::fp16:
      return obey("*:fp16");
    case runtime::Precision::int8:
      break;
  }
  return obey(fmt::format("{}:int8", fmt::join(int8.layers, ":int8,")));
}

std::string table_text(const Int8Deployment& int8) {
  if (int8.table.empty()) {
    return fmt::format(
        "There is no `{}`, since the model had no pictures to calibrate on: trtexec makes ranges "
        "up, with which the engine is as fast but its outputs are nonsense. Give the model a "
        "`calibration_dataset` and export it again, or calibrate with TensorRT.\n\n",
        calibration_file);
  }
  return fmt::format(
      "`{}` is its calibration table, which DeepStream reads as well. The first line is for "
      "TensorRT 8.5.3 (`TRT-8503-`): another version passes over a table that does not begin with "
      "its own number, the one that trtexec shows when it starts (`[TensorRT v8503]`). Put that "
      "there; the numbers below are the same for all.\n\n",
      calibration_file);
}

}  // namespace

std::string tensorrt_note(const GraphToExport& graph,
                          const ExportOptions& options,
                          const Int8Deployment& int8) {
  Flags flags{fmt::format("--onnx={}", exported_file), "--saveEngine=model.engine"};
  append(flags, shape_flags(graph, options));
  append(flags, precision_flags(options.precision, int8));
  if (options.strict_precision) {
    append(flags, strict_flags(options.precision, int8));
  }
  auto text = fmt::format(
      "## Make an engine of it\n\nWith TensorRT, on the machine that is to run it:\n\n```sh\n"
      "trtexec {}\n```\n\n",
      fmt::join(flags, " \\\n  "));
  if (options.precision == runtime::Precision::int8) {
    text += table_text(int8);
  }
  return text;
}

}  // namespace athanor::engine
