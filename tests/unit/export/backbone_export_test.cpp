#include "support/temp_dir.hpp"
#include "support/zoo.hpp"
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

/// A backbone with numbers in every layer, and what comes of its export.
class Exported {
 public:
  Exported(const BackboneOptions& options, std::int64_t height, std::int64_t width)
      : options_(options), height_(height), width_(width) {
    torch::manual_seed(5);
    backbone_ = make_backbone(options).value();
    scramble_batch_norms(*backbone_);
    backbone_->eval();
  }

  [[nodiscard]] torch::Tensor pictures(std::int64_t count) const {
    return torch::randn({count, options_.input_channels, height_, width_});
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

  /// How far OpenCV's run of the file is from torch, for `count` pictures.
  Parity parity_for(const ExportRequest& request, std::int64_t count) {
    const testing::TempDir folder;
    const auto path = folder.path() / "model.onnx";
    const auto exported = export_onnx(request, path);
    EXPECT_TRUE(exported) << exported.error().message;
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

 private:
  /// Logits and probabilities.
  std::vector<torch::Tensor> outputs_for(const torch::Tensor& x) {
    const auto logits = backbone_->forward(x);
    return {logits, torch::softmax(logits, 1)};
  }

  BackboneOptions options_;
  std::int64_t height_;
  std::int64_t width_;
  std::shared_ptr<Backbone> backbone_;
};

class BackboneExport : public ::testing::TestWithParam<ExportCase> {
 protected:
  const torch::NoGradGuard no_grad_;
  Exported exported_{GetParam().options, 40, 32};
};

TEST_P(BackboneExport, GivesTorchsOutputsInOpenCv) {
  for (const std::int64_t count : {1, 3}) {
    const auto parity = exported_.parity_for(exported_.request(), count);
    EXPECT_TRUE(parity.within_tolerance()) << parity.largest_difference;
  }
}

TEST_P(BackboneExport, GivesTheSameWithoutFolding) {
  auto unfolded = exported_.request();
  unfolded.fold_batch_norm = false;
  unfolded.opset = oldest_opset;

  const auto parity = exported_.parity_for(unfolded, 2);

  EXPECT_TRUE(parity.within_tolerance()) << parity.largest_difference;
}

INSTANTIATE_TEST_SUITE_P(Resnet,
                         BackboneExport,
                         ::testing::ValuesIn(export_cases()),
                         [](const auto& param_info) { return std::string(param_info.param.name); });

TEST(ZooExport, GivesTorchsOutputsInOpenCv) {
  const torch::NoGradGuard no_grad;
  for (auto options : testing::small_zoo()) {
    for (const bool retain_head : {false, true}) {
      if (retain_head && !heeds(options.arch, backbones::Option::retain_head)) {
        continue;
      }
      SCOPED_TRACE(full_name(options) + (retain_head ? " with its head" : ""));
      options.retain_head = retain_head;
      options.all_projections = true;
      Exported exported(options, 64, 72);

      const auto parity = exported.parity_for(exported.request(), 3);

      EXPECT_TRUE(parity.within_tolerance()) << parity.largest_difference;
    }
  }
}

// OpenCV sees every activation, some of which it fuses.
TEST(ZooExport, GivesTorchsOutputsWithEveryActivation) {
  const torch::NoGradGuard no_grad;
  for (const auto& activation : athanor::testing::activations()) {
    SCOPED_TRACE(std::string(name_of(activation)) + (activation.parameter ? " shaped" : ""));
    auto options = tiny(10);
    options.activation = activation;
    Exported exported(options, 40, 32);

    const auto parity = exported.parity_for(exported.request(), 2);

    EXPECT_TRUE(parity.within_tolerance()) << parity.largest_difference;
  }
}

}  // namespace

}  // namespace athanor::exporter
