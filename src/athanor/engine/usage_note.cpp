#include "athanor/engine/usage_note.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/data/augmentation.hpp"
#include "athanor/engine/tensorrt_note.hpp"

namespace athanor::engine {

namespace {

using data::Channels;

std::string shape_text(const GraphToExport& graph, const ExportOptions& options) {
  return fmt::format("[{}, {}]",
                     options.batch_size > 0 ? std::to_string(options.batch_size) : "batch",
                     fmt::join(graph.preprocessing.picture_shape(), ", "));
}

std::string interface_text(const GraphToExport& graph, const ExportOptions& options) {
  auto text = fmt::format(
      "The input `{}` is float32 {}. Outputs:\n\n", input_name, shape_text(graph, options));
  for (const auto& output : graph.outputs) {
    text += fmt::format("- `{}`: the probabilities of {} classes, which `{}` names in order\n",
                        output.name,
                        output.classes.size(),
                        output.labels_file);
  }
  text += "\n";
  if (options.smallest_batch && options.batch_size == 0) {
    text += fmt::format("Engines made of it are to take batches of {} to {}, most often {}.\n\n",
                        *options.smallest_batch,
                        options.largest_batch,
                        options.usual_batch.value_or(*options.smallest_batch));
  }
  return text;
}

std::string preprocessing_sentence(const GraphToExport& graph) {
  const auto normalization = data::normalization_of(graph.preprocessing);
  const auto* order = graph.preprocessing.channels == Channels::gray ? "one gray channel"
                      : normalization.red_first ? "channels in the order red, green, blue"
                                                : "channels in the order blue, green, red";
  return fmt::format(
      "The graph takes pixels of 0 to 255 as (pixel - mean) / deviation, {}, with mean {:.10g} and "
      "deviation {:.10g}. What it was trained with is in the file's metadata too: `classes`, "
      "`preprocessing`, `input_size`, `dataset_digest`, `athanor_version`.\n\n",
      order,
      fmt::join(normalization.mean, ", "),
      fmt::join(normalization.deviation, ", "));
}

std::string labels_literal(const GraphToExport& graph) {
  std::vector<std::string> entries;
  for (const auto& output : graph.outputs) {
    entries.push_back(to_text(output.name) + ": " + to_text(output.labels_file));
  }
  return fmt::format("{{{}}}", fmt::join(entries, ", "));
}

std::string constants(const GraphToExport& graph, const ExportOptions& options) {
  const auto normalization = data::normalization_of(graph.preprocessing);
  const auto pictures = std::max<std::int64_t>(options.batch_size, 1);
  return fmt::format(
      "BATCH, CHANNELS, HEIGHT, WIDTH = {}\n"
      "MEAN = np.array([{:.10g}], np.float32)\n"
      "DEVIATION = np.array([{:.10g}], np.float32)\n"
      "LABELS = {}\n",
      fmt::join(graph.preprocessing.batch_shape(pictures), ", "),
      fmt::join(normalization.mean, ", "),
      fmt::join(normalization.deviation, ", "),
      labels_literal(graph));
}

/// The lines that bring a picture to the size of the input, as an evaluation does.
std::string fitting(const GraphToExport& graph) {
  const auto& size = graph.preprocessing;
  const auto* kernel = size.interpolation == data::Interpolation::bicubic ? "BICUBIC" : "BILINEAR";
  if (!graph.center_crop) {
    return fmt::format("    picture = picture.resize((WIDTH, HEIGHT), Image.{})\n", kernel);
  }
  return fmt::format(
      "    scale = max({0:.10g} / picture.width, {1:.10g} / picture.height)\n"
      "    size = max(WIDTH, round(picture.width * scale)), max(HEIGHT, round(picture.height * "
      "scale))\n"
      "    picture = picture.resize(size, Image.{2})\n"
      "    left, top = (picture.width - WIDTH) // 2, (picture.height - HEIGHT) // 2\n"
      "    picture = picture.crop((left, top, left + WIDTH, top + HEIGHT))\n",
      size.width * data::center_margin,
      size.height * data::center_margin,
      kernel);
}

std::string preparation(const GraphToExport& graph) {
  const bool gray = graph.preprocessing.channels == Channels::gray;
  std::string text = "def prepare(path):\n";
  text += fmt::format("    picture = ImageOps.exif_transpose(Image.open(path)).convert(\"{}\")\n",
                      gray ? "L" : "RGB");
  text += fitting(graph);
  text += "    pixels = np.asarray(picture, np.float32).reshape(HEIGHT, WIDTH, CHANNELS)\n";
  if (!gray && !data::normalization_of(graph.preprocessing).red_first) {
    text += "    pixels = pixels[:, :, ::-1]  # Blue first.\n";
  }
  return text + "    return ((pixels - MEAN) / DEVIATION).transpose(2, 0, 1)\n";
}

std::string program(const GraphToExport& graph, const ExportOptions& options) {
  std::string text =
      "import sys\n\nimport numpy as np\nimport onnxruntime\nfrom PIL import Image, ImageOps\n\n";
  text += constants(graph, options) + "\n\n" + preparation(graph);
  text += fmt::format(
      "\n\nsession = onnxruntime.InferenceSession(\"{}\", providers=[\"CPUExecutionProvider\"])\n"
      "names = {{output: open(file, encoding=\"utf-8\").read().split(\"\\n\")\n"
      "         for output, file in LABELS.items()}}\n"
      "for first in range(1, len(sys.argv), BATCH):\n"
      "    paths = sys.argv[first:first + BATCH]\n"
      "    pictures = np.zeros((BATCH, CHANNELS, HEIGHT, WIDTH), np.float32)\n"
      "    pictures[:len(paths)] = [prepare(path) for path in paths]\n"
      "    for output, rows in zip(LABELS, session.run(list(LABELS), {{\"{}\": pictures}})):\n"
      "        for path, row in zip(paths, rows):\n"
      "            print(path, output, names[output][row.argmax()], f\"{{row.max():.4f}}\")\n",
      exported_file,
      input_name);
  return text;
}

std::string files_text(const GraphToExport& graph, const ExportOptions& options) {
  auto text = fmt::format(
      "`triton/` is a model repository: `tritonserver --model-repository=triton` serves the model "
      "as `{}`; rename the folder to call it otherwise.",
      graph.network);
  if (options.deepstream_config) {
    text +=
        " `nvinfer_config.txt`, with `nvinfer_labels.txt`, is the `config-file-path` of "
        "DeepStream's element `nvinfer`.";
  }
  return text + "\n";
}

}  // namespace

std::string usage_note(const GraphToExport& graph,
                       const ExportOptions& options,
                       const Int8Deployment& int8) {
  return fmt::format("# {}\n\n", exported_file) + interface_text(graph, options) +
         preprocessing_sentence(graph) +
         "## Run it\n\nWith ONNX Runtime, NumPy and Pillow, in this folder, as `python3 run.py "
         "PICTURE...`:\n\n```python\n" +
         program(graph, options) +
         "```\n\nPictures are shrunk by Pillow here and by OpenCV in an evaluation, so "
         "probabilities may differ slightly.\n\n" +
         tensorrt_note(graph, options, int8) + "## Serve it\n\n" + files_text(graph, options);
}

}  // namespace athanor::engine
