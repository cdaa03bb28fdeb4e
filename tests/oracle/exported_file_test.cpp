// Files as users get them in onnxruntime, against the model in torch: of backbones as they are by
// default, and the model.onnx that jobs of export write.
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "onnxruntime_process.hpp"
#include "support/temp_dir.hpp"
#include "support/zoo.hpp"
#include "unit/networks/sample_job.hpp"
#include <gtest/gtest.h>

#include "athanor/engine/checkpoint.hpp"
#include "athanor/export/onnx_export.hpp"
#include "athanor/export/onnx_interface.hpp"
#include "athanor/networks/registry.hpp"
#include "athanor/spec/parameter.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::oracle {

namespace {

using networks::testing::SampleJob;

struct ExportedJobCase {
  std::string network;
  bool is_pruned = false;
  std::int64_t static_batch_size = 0;  ///< 0 leaves it open.
};

void PrintTo(const ExportedJobCase& subject, std::ostream* stream) {
  *stream << subject.network;
}

std::string name_of_case(const ::testing::TestParamInfo<ExportedJobCase>& subject) {
  return subject.param.network + (subject.param.is_pruned ? "_pruned" : "") +
         (subject.param.static_batch_size > 0 ? "_of_fixed_batch" : "");
}

/// Whether users can fix the batch of the network's exports.
bool has_static_batch_size(std::string_view network) {
  const auto* table = spec::find_table(network, "export");
  const auto* row = table != nullptr ? spec::find_parameter(*table, "static_batch_size") : nullptr;
  return row != nullptr && row->effective;
}

std::vector<ExportedJobCase> exported_job_cases() {
  std::vector<ExportedJobCase> cases;
  for (const auto& network : networks::all_networks()) {
    const std::string name(network->name());
    cases.push_back({name});
    cases.push_back({name, true});
    if (has_static_batch_size(name)) {
      cases.push_back({name, false, 3});
    }
  }
  return cases;
}

/// A finished job whose checkpoint is to be exported.
std::unique_ptr<SampleJob> model_for(const ExportedJobCase& subject) {
  auto training = std::make_unique<SampleJob>(subject.network, "train");
  training->request.preflight = false;
  (void)training->run();
  if (!subject.is_pruned) {
    return training;
  }
  auto pruning = std::make_unique<SampleJob>(subject.network, "prune");
  pruning->set_parent(*training);
  (void)pruning->run();
  return pruning;
}

/// What the model of a checkpoint makes of noise; all networks give probabilities in their files.
OnnxRun run_of(const engine::TrainedModel& model,
               const exporter::OnnxInterface& interface,
               std::int64_t batch) {
  const torch::NoGradGuard no_grad;
  auto sizes = model.input_sizes;
  sizes.insert(sizes.begin(), batch);
  const auto pictures = torch::randn(sizes);
  const auto logits = model.forward({pictures});
  OnnxRun run{{{interface.inputs.at(0), pictures}}, {}};
  for (std::size_t i = 0; i < logits.size(); ++i) {
    run.outputs.push_back({interface.outputs.at(i), logits[i].softmax(1)});
  }
  return run;
}

/// Backbones of which published heads and extra projections make others.
std::vector<backbones::BackboneOptions> plain_backbones() {
  using backbones::Option;
  std::vector<backbones::BackboneOptions> plain;
  for (auto options : athanor::testing::small_zoo()) {
    if (heeds(options.arch, Option::all_projections) || heeds(options.arch, Option::retain_head)) {
      options.width = 0.25;
      plain.push_back(options);
    }
  }
  return plain;
}

class ExportedFile : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_onnxruntime_installed()) {
      GTEST_SKIP() << "onnxruntime-node is not installed; oracle.install_onnxruntime says why";
    }
  }
};

class ExportedBackbone : public ExportedFile,
                         public ::testing::WithParamInterface<backbones::BackboneOptions> {};

TEST_P(ExportedBackbone, ComputesByDefaultWhatTheModelDoes) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(10);
  const auto backbone = make_backbone(GetParam()).value();
  athanor::testing::calibrate(*backbone, torch::randn({32, 3, 96, 96}));
  exporter::ExportRequest request;
  request.forward = [&backbone](const std::vector<torch::Tensor>& inputs) {
    return std::vector<torch::Tensor>{backbone->forward(inputs.front()).softmax(1)};
  };
  request.weights = tensor::state_dict(*backbone);
  request.inputs = {{"x", torch::randn({2, 3, 64, 72})}};
  request.output_names = {"y"};
  const athanor::testing::TempDir folder;
  const auto file = folder.path() / "model.onnx";
  const auto exported = exporter::export_onnx(request, file);
  ASSERT_TRUE(exported) << exported.error().message;

  const auto pictures = torch::randn({3, 3, 64, 72});
  const OnnxRun run{{{"x", pictures}}, {{"y", request.forward({pictures}).front()}}};

  EXPECT_TRUE(onnxruntime_agrees(file, {run}));
}

INSTANTIATE_TEST_SUITE_P(Plain,
                         ExportedBackbone,
                         ::testing::ValuesIn(plain_backbones()),
                         [](const auto& subject) { return full_name(subject.param); });

class ExportedJob : public ExportedFile, public ::testing::WithParamInterface<ExportedJobCase> {};

TEST_P(ExportedJob, WritesAFileThatComputesWhatTheModelDoes) {
  const auto& subject = GetParam();
  const auto parent = model_for(subject);
  SampleJob exporting(subject.network, "export");
  exporting.set_parent(*parent);
  if (subject.static_batch_size > 0) {
    set_path(exporting.request.spec, "static_batch_size", subject.static_batch_size);
  }
  (void)exporting.run();
  const auto checkpoint = engine::newest_checkpoint(parent->artifacts(), {}).value();
  const auto model = networks::find_network(subject.network)->load(checkpoint);
  const auto interface = exporter::read_onnx_interface(exporting.artifact("model.onnx")).value();

  std::vector<OnnxRun> runs;
  torch::manual_seed(9);
  for (const std::int64_t batch : {1, 3}) {
    if (interface.batch == 0 || interface.batch == batch) {
      runs.push_back(run_of(model, interface, batch));
    }
  }

  ASSERT_EQ(runs.size(), subject.static_batch_size > 0 ? 1U : 2U);
  EXPECT_EQ(runs.back().outputs.size(), interface.outputs.size());
  EXPECT_TRUE(onnxruntime_agrees(exporting.artifacts() / "model.onnx", runs));
}

INSTANTIATE_TEST_SUITE_P(Networks,
                         ExportedJob,
                         ::testing::ValuesIn(exported_job_cases()),
                         name_of_case);

}  // namespace

}  // namespace athanor::oracle
