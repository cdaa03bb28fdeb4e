// Writes an engine that tells red, green and blue pictures apart, for tests of what runs engines.
//
//   engine_maker FILE [ISA]      ISA: that of another machine

#include <iostream>
#include <string>

#include "athanor/core/files.hpp"
#include "athanor/runtime/engine_file.hpp"

namespace {

using athanor::runtime::EngineModel;
using athanor::runtime::open_batch;

EngineModel color_model() {
  EngineModel model;
  model.machine = athanor::runtime::this_machine();
  model.values = {{"input_1", {open_batch, 3, 16, 16}},
                  {"means", {open_batch, 3, 1, 1}},
                  {"flat", {open_batch, 3}},
                  {"predictions", {open_batch, 3}}};
  model.inputs = {0};
  model.outputs = {3};
  model.layers = {
      {"means", athanor::runtime::Pool{athanor::runtime::PoolKind::average, {16, 16}}, {0}, 1},
      {"flat", athanor::runtime::Reshape{{open_batch, 3}}, {1}, 2},
      {"predictions", athanor::runtime::Softmax{1, false}, {2}, 3}};
  model.metadata = {{"classes", R"(["red", "green", "blue"])"},
                    {"preprocessing",
                     R"({"channels": 3, "height": 16, "width": 16, "mode": "tf",
                         "interpolation": "bilinear", "image_mean": null})"}};
  return model;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: engine_maker FILE [ISA]\n";
    return 2;
  }
  auto model = color_model();
  if (argc > 2) {
    model.machine.isa = argv[2];
  }
  const auto written =
      athanor::write_file_atomic(argv[1], athanor::runtime::render_engine_file(model));
  return written ? 0 : 1;
}
