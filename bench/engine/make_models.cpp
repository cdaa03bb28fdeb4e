// Writes the ONNX files that the bench compares on: backbones for 1000 classes and 224 pixels with
// fresh weights, whose speed is that of trained ones.
//
//   engine_bench_models FOLDER NAME...      for example resnet18, mobilenet_v2

#include <filesystem>
#include <iostream>
#include <string>

#include "athanor/backbones/backbone.hpp"
#include "athanor/export/onnx_export.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace {

namespace fs = std::filesystem;

/// "resnet18" as arch and depth; names without a depth are an arch.
athanor::backbones::BackboneOptions options_for(const std::string& name) {
  athanor::backbones::BackboneOptions options;
  options.arch = name;
  for (const std::string arch : {"resnet", "vgg"}) {
    if (name.starts_with(arch)) {
      options.arch = arch;
      options.n_layers = std::stoll(name.substr(arch.size()));
    }
  }
  return options;
}

athanor::Status write_model(const std::string& name, const fs::path& folder) {
  torch::manual_seed(1);
  ATHANOR_TRY(const auto backbone, athanor::backbones::make_backbone(options_for(name)));
  backbone->eval();
  athanor::exporter::ExportRequest request;
  request.forward = [&](const std::vector<torch::Tensor>& inputs) {
    return std::vector{backbone->forward(inputs.front()).softmax(1)};
  };
  request.weights = athanor::tensor::state_dict(*backbone);
  request.inputs = {{"input_1", torch::randn({2, 3, 224, 224})}};
  request.output_names = {"predictions"};
  return athanor::exporter::export_onnx(request, folder / (name + ".onnx"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: engine_bench_models FOLDER NAME...\n";
    return 2;
  }
  const torch::NoGradGuard no_grad;
  for (int i = 2; i < argc; ++i) {
    if (const auto status = write_model(argv[i], argv[1]); !status) {
      std::cerr << argv[i] << ": " << status.error().message << '\n';
      return 1;
    }
  }
  return 0;
}
