#include "athanor/engine/conversion_readme.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace athanor::engine {

namespace {

std::string describe_ports(const std::vector<runtime::Port>& ports) {
  std::string lines;
  for (const auto& port : ports) {
    lines += fmt::format("- `{}` {}\n", port.name, runtime::to_text(port.shape));
  }
  return lines;
}

std::string_view describe_scaling(data::PreprocessMode mode) {
  switch (mode) {
    case data::PreprocessMode::caffe:
      return "blue, green, red from 0 to 255 minus the mean";
    case data::PreprocessMode::torch:
      return "red, green, blue from 0 to 1 minus the mean, over the deviation of ImageNet";
    case data::PreprocessMode::tf:
      return "red, green, blue from -1 to 1";
  }
  return "";
}

}  // namespace

std::string describe_engine(const runtime::Engine& engine,
                            const data::Preprocessing& preprocessing) {
  const auto& machine = runtime::this_machine();
  std::string text = fmt::format(
      "# model.engine\n\n"
      "A network in {} for {} with {}, oneDNN {} and Athanor {}. Another processor or version "
      "refuses it: convert model.onnx there.\n\n"
      "Takes 1 to {} pictures at once, of {} x {} pixels (height x width), {}: {}. The exact "
      "numbers are in its metadata.\n\n",
      runtime::name_of(engine.precision()),
      machine.architecture,
      machine.isa,
      machine.onednn,
      machine.athanor,
      engine.max_batch(),
      preprocessing.height,
      preprocessing.width,
      preprocessing.channels == data::Channels::gray ? "gray" : "colour",
      describe_scaling(preprocessing.mode));
  text += "Inputs:\n" + describe_ports(engine.inputs());
  text += "\nOutputs:\n" + describe_ports(engine.outputs());
  return text +
         "\nJobs of evaluate and inference run it when they name this conversion as parent, and "
         "`athanor predict model.engine PICTURE...` does without a server.\n";
}

}  // namespace athanor::engine
