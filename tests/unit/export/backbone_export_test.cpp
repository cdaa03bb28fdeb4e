#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/backbones/backbone.hpp"
#include "athanor/export/onnx_export.hpp"
#include "athanor/export/onnx_runner.hpp"
#include "athanor/export/parity.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::exporter {

namespace {

using backbones::Backbone;
using backbones::BackboneOptions;

struct ExportCase {
  const char* name;
  BackboneOptions options;
};

void PrintTo(const ExportCase& subject, std::ostream* stream) {
  *stream << subject.name;
}

BackboneOptions tiny(std::int64_t n_layers) {
  BackboneOptions options;
  options.n_layers = n_layers;
  options.width = 0.25;
  options.num_classes = 5;
  return options;
}

std::vector<ExportCase> export_cases() {
  auto projections = tiny(18);
  projections.all_projections = true;
  auto grey = tiny(10);
  grey.input_channels = 1;
  grey.stem = backbones::Stem::small;
  auto swish = tiny(10);
  swish.activation = backbones::Activation::swish;
  auto strided = tiny(10);
  strided.use_pooling = false;
  strided.use_bias = true;
  auto plain = tiny(10);
  plain.use_batch_norm = false;
  plain.dropout = 0.5;
  return {{"Basic", tiny(10)},
          {"Bottleneck", tiny(50)},
          {"AllProjections", projections},
          {"SmallGreyStem", grey},
          {"Swish", swish},
          {"StridesWithBias", strided},
          {"NoBatchNorm", plain}};
}

/// Batch norms with statistics and factors that differ from those of a fresh network.
void scramble_batch_norms(Backbone& backbone) {
  const torch::NoGradGuard no_grad;
  for (const auto& module : backbone.modules()) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      norm->running_mean.normal_(0.0, 0.1);
      norm->running_var.uniform_(0.5, 2.0);
      norm->weight.uniform_(0.5, 1.5);
      norm->bias.normal_(0.0, 0.1);
    }
  }
}

class BackboneExport : public ::testing::TestWithParam<ExportCase> {
 protected:
  BackboneExport() {
    torch::manual_seed(5);
    backbone_ = make_backbone(GetParam().options).value();
    scramble_batch_norms(*backbone_);
    backbone_->eval();
  }

  [[nodiscard]] torch::Tensor pictures(std::int64_t count) const {
    return torch::randn({count, GetParam().options.input_channels, 40, 32});
  }

  /// Logits and probabilities.
  std::vector<torch::Tensor> outputs_for(const torch::Tensor& x) {
    const auto logits = backbone_->forward(x);
    return {logits, torch::softmax(logits, 1)};
  }

  [[nodiscard]] ExportRequest request() {
    ExportRequest request;
    request.forward = [this](const std::vector<torch::Tensor>& inputs) {
      return outputs_for(inputs[0]);
    };
    request.weights = tensor::state_dict(*backbone_);
    request.inputs = {{"input_1", pictures(2)}};
    request.output_names = {"logits", "predictions"};
    return request;
  }

  Parity parity_for(const ExportRequest& request, std::int64_t count) {
    const testing::TempDir folder;
    const auto path = folder.path() / "model.onnx";
    EXPECT_TRUE(export_onnx(request, path)) << "export failed";
    auto runner = OnnxRunner::load(path);
    if (!runner) {
      ADD_FAILURE() << runner.error().message;
      return {1.0, 0.0};
    }
    const auto x = pictures(count);
    const auto actual = runner->run({{"input_1", x}}, request.output_names);
    if (!actual) {
      ADD_FAILURE() << actual.error().message;
      return {1.0, 0.0};
    }
    const auto expected = outputs_for(x);
    return compare_outputs({{"logits", expected[0]}, {"predictions", expected[1]}}, *actual)
        .value();
  }

  std::shared_ptr<Backbone> backbone_;
};

TEST_P(BackboneExport, GivesTorchsOutputsInOpenCv) {
  const torch::NoGradGuard no_grad;

  for (const std::int64_t count : {1, 3}) {
    const auto parity = parity_for(request(), count);
    EXPECT_TRUE(parity.within_tolerance()) << parity.largest_difference;
  }
}

TEST_P(BackboneExport, GivesTheSameWithoutFolding) {
  const torch::NoGradGuard no_grad;
  auto unfolded = request();
  unfolded.fold_batch_norm = false;
  unfolded.opset = oldest_opset;

  const auto parity = parity_for(unfolded, 2);

  EXPECT_TRUE(parity.within_tolerance()) << parity.largest_difference;
}

INSTANTIATE_TEST_SUITE_P(Resnet,
                         BackboneExport,
                         ::testing::ValuesIn(export_cases()),
                         [](const auto& param_info) { return std::string(param_info.param.name); });

}  // namespace

}  // namespace athanor::exporter
