#include <algorithm>
#include <set>

#include "oracle_process.hpp"
#include "support/temp_dir.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/backbones/backbone.hpp"
#include "athanor/export/parity.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::oracle {

namespace {

/// A network that torchvision built, with an input and what it makes of it.
struct Twin {
  tensor::NamedTensors weights;
  torch::Tensor input;
  torch::Tensor output;
  std::int64_t parameters = 0;
};

class TorchvisionResnet : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    const testing::TempDir folder;
    const auto path = folder.path() / "twin.safetensors";
    const auto script = std::string(ATHANOR_ORACLE_SCRIPTS "/torchvision_resnet.py");
    const int code = run_process(
        {ATHANOR_ORACLE_PYTHON, "-B", script, std::to_string(GetParam()), path.string()});
    if (code == unavailable || code == 127) {
      GTEST_SKIP() << "python3-torch and python3-torchvision are not installed";
    }
    ASSERT_EQ(code, 0);
    auto file = tensor::read_safetensors(path);
    ASSERT_TRUE(file) << file.error().message;
    for (auto& named : file->tensors) {
      if (named.name == "oracle.input") {
        twin_.input = named.value;
      } else if (named.name == "oracle.output") {
        twin_.output = named.value;
      } else {
        twin_.weights.push_back(named);
      }
    }
    twin_.parameters = std::stoll(file->metadata.at("parameters"));
  }

  [[nodiscard]] static std::shared_ptr<backbones::Backbone> make_ours(bool all_projections) {
    backbones::BackboneOptions options;
    options.n_layers = GetParam();
    options.num_classes = 10;
    options.all_projections = all_projections;
    return make_backbone(options).value();
  }

  void expect_equal_outputs(backbones::Backbone& ours) const {
    const torch::NoGradGuard no_grad;
    ours.eval();
    const auto parity = exporter::compare_tensors(twin_.output, ours.forward(twin_.input));
    ASSERT_TRUE(parity) << parity.error().message;
    EXPECT_TRUE(parity->within_tolerance())
        << parity->largest_difference << " > " << parity->tolerance;
    RecordProperty("largest_difference", fmt::format("{}", parity->largest_difference));
  }

  Twin twin_;
};

TEST_P(TorchvisionResnet, HasTheSameNamesCountsAndOutputs) {
  const auto ours = make_ours(false);
  std::set<std::string> our_names;
  std::set<std::string> their_names;
  std::int64_t parameters = 0;
  std::ranges::transform(tensor::state_dict(*ours),
                         std::inserter(our_names, our_names.end()),
                         &tensor::NamedTensor::name);
  std::ranges::transform(
      twin_.weights, std::inserter(their_names, their_names.end()), &tensor::NamedTensor::name);
  for (const auto& parameter : ours->parameters()) {
    parameters += parameter.numel();
  }

  const auto report = tensor::load_state_dict(*ours, twin_.weights);

  EXPECT_EQ(our_names, their_names);
  EXPECT_EQ(parameters, twin_.parameters);
  EXPECT_TRUE(report.complete());
  expect_equal_outputs(*ours);
}

TEST_P(TorchvisionResnet, HasTheSameOutputsWithAllProjections) {
  const auto ours = make_ours(true);

  const auto report = tensor::load_state_dict(*ours, twin_.weights);

  EXPECT_TRUE(report.unexpected.empty());
  EXPECT_TRUE(report.mismatched.empty());
  EXPECT_FALSE(report.missing.empty());
  for (const auto& name : report.missing) {
    EXPECT_THAT(name, ::testing::HasSubstr(".downsample."));
  }
  expect_equal_outputs(*ours);
}

INSTANTIATE_TEST_SUITE_P(Depths,
                         TorchvisionResnet,
                         ::testing::Values(10, 18, 34, 50),
                         ::testing::PrintToStringParamName());

}  // namespace

}  // namespace athanor::oracle
