// Exported files in ONNX Runtime: every operator of the exporter and every backbone.
#include <filesystem>

#include "operator_cases.hpp"
#include "oracle_process.hpp"
#include "published_backbones.hpp"
#include "support/temp_dir.hpp"
#include "support/zoo.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "athanor/export/onnx_export.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::oracle {

namespace {

namespace fs = std::filesystem;

exporter::ExportRequest request_for(const OnnxCase& subject, std::size_t outputs) {
  exporter::ExportRequest request;
  request.forward = subject.forward;
  if (subject.module) {
    request.weights = tensor::state_dict(*subject.module);
  }
  request.fold_batch_norm = subject.fold_batch_norm;
  for (std::size_t i = 0; i < outputs; ++i) {
    request.output_names.push_back(fmt::format("y{}", i));
  }
  return request;
}

torch::Tensor random_input(const OnnxCase& subject, std::int64_t batch) {
  auto shape = subject.input_shape;
  shape.insert(shape.begin(), batch);
  return torch::randn(shape);
}

/// Writes an input and what torch makes of it as onnxruntime_compare.mjs reads them.
void write_case(const OnnxCase& subject, std::int64_t batch, const fs::path& path) {
  const auto input = random_input(subject, batch);
  tensor::TensorFile file{{{"input.x", input}}, {}};
  const auto outputs = subject.forward({input});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    file.tensors.push_back({fmt::format("output.y{}", i), outputs[i]});
  }
  ASSERT_TRUE(tensor::write_safetensors(path, file));
}

/// Lets the branches of a resnet add little, as training does: in resnet152 rounding would grow
/// from block to block, past what a comparison allows.
void soften_branches(const backbones::Backbone& backbone) {
  const torch::NoGradGuard no_grad;
  for (const auto& parameter : backbone.named_parameters()) {
    if (parameter.key().ends_with("bn2.weight") || parameter.key().ends_with("bn3.weight")) {
      parameter.value().fill_(0.2);
    }
  }
}

/// A narrow backbone of five classes. Published heads, extra projections: more to export.
OnnxCase backbone_case(const PublishedBackbone& published) {
  torch::manual_seed(7);
  auto options = published.options;
  options.width = 0.25;
  options.num_classes = 5;
  options.all_projections = true;
  const auto backbone = make_backbone(options).value();
  soften_branches(*backbone);
  // So that folding has something to fold.
  testing::calibrate(*backbone, torch::randn({32, 3, 96, 96}));
  return {published.name,
          backbone,
          [backbone](const std::vector<torch::Tensor>& inputs) {
            const auto logits = backbone->forward(inputs[0]);
            return std::vector<torch::Tensor>{logits, torch::softmax(logits, 1)};
          },
          {3, 64, 72}};
}

class OnnxRuntime : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(ATHANOR_ONNXRUNTIME_FOLDER) / "node_modules")) {
      GTEST_SKIP() << "onnxruntime-node is not installed; oracle.install_onnxruntime says why";
    }
  }

  /// Exports, and runs what torch ran, for batches of several sizes.
  static void expect_torchs_outputs(const OnnxCase& subject) {
    const torch::NoGradGuard no_grad;
    torch::manual_seed(8);
    const testing::TempDir folder;
    const auto model = folder.path() / "model.onnx";
    const auto example = random_input(subject, 2);
    auto request = request_for(subject, subject.forward({example}).size());
    request.inputs = {{"x", example}};
    const auto exported = exporter::export_onnx(request, model);
    ASSERT_TRUE(exported) << exported.error().message;

    std::vector<std::string> command{
        "node", ATHANOR_ONNXRUNTIME_FOLDER "/onnxruntime_compare.mjs", model.string()};
    for (const std::int64_t batch : {1, 3}) {
      command.push_back((folder.path() / fmt::format("{}.safetensors", batch)).string());
      write_case(subject, batch, command.back());
    }

    EXPECT_EQ(run_process(command), 0);
  }
};

class OnnxRuntimeOperators : public OnnxRuntime, public ::testing::WithParamInterface<OnnxCase> {};

TEST_P(OnnxRuntimeOperators, GiveTorchsOutputsForAnyBatch) {
  expect_torchs_outputs(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         OnnxRuntimeOperators,
                         ::testing::ValuesIn(operator_cases()),
                         [](const auto& param_info) { return param_info.param.name; });

class OnnxRuntimeBackbones : public OnnxRuntime,
                             public ::testing::WithParamInterface<PublishedBackbone> {};

TEST_P(OnnxRuntimeBackbones, GiveTorchsOutputsForAnyBatch) {
  auto subject = backbone_case(GetParam());
  for (const bool fold_batch_norm : {true, false}) {
    SCOPED_TRACE(fold_batch_norm ? "folded" : "with batch norms");
    subject.fold_batch_norm = fold_batch_norm;
    expect_torchs_outputs(subject);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         OnnxRuntimeBackbones,
                         ::testing::ValuesIn(published_backbones()),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace

}  // namespace athanor::oracle
