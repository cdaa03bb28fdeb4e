#include <filesystem>

#include "operator_cases.hpp"
#include "oracle_process.hpp"
#include "support/temp_dir.hpp"
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

std::vector<OnnxCase> all_cases() {
  auto cases = operator_cases();
  for (auto& backbone : backbone_cases()) {
    auto unfolded = backbone;
    unfolded.name += "_unfolded";
    unfolded.fold_batch_norm = false;
    cases.push_back(std::move(backbone));
    cases.push_back(std::move(unfolded));
  }
  return cases;
}

class OnnxRuntime : public ::testing::TestWithParam<OnnxCase> {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(ATHANOR_ONNXRUNTIME_FOLDER) / "node_modules")) {
      GTEST_SKIP() << "onnxruntime-node is not installed; oracle.install_onnxruntime says why";
    }
  }
};

TEST_P(OnnxRuntime, GivesTorchsOutputsForAnyBatch) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(8);
  const auto& subject = GetParam();
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

INSTANTIATE_TEST_SUITE_P(Cases,
                         OnnxRuntime,
                         ::testing::ValuesIn(all_cases()),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace

}  // namespace athanor::oracle
