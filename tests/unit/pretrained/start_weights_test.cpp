#include "athanor/pretrained/start_weights.hpp"

#include "support/temp_dir.hpp"
#include "support/zoo.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/pretrained/classifier_layer.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::pretrained {

namespace {

using backbones::Backbone;
using backbones::BackboneOptions;
using ::testing::HasSubstr;

BackboneOptions narrow(std::int64_t classes) {
  BackboneOptions options;
  options.n_layers = 10;
  options.width = 0.125;
  options.num_classes = classes;
  return options;
}

std::shared_ptr<Backbone> seeded(const BackboneOptions& options, std::uint64_t seed) {
  torch::manual_seed(seed);
  auto backbone = backbones::make_backbone(options).value();
  backbone->eval();
  return backbone;
}

/// A file with the weights of a backbone of five classes that has seen some numbers.
class StartWeights : public ::testing::Test {
 protected:
  StartWeights() : given_(seeded(narrow(5), 1)) {
    given_->train();
    given_->forward(torch::randn({8, 3, 32, 32}));
    given_->eval();
    EXPECT_TRUE(tensor::write_safetensors(file_, {tensor::state_dict(*given_), {}}));
  }

  /// Whether both make the same maps of the same pictures.
  void expect_same_features(Backbone& backbone) {
    const torch::NoGradGuard no_grad;
    const auto pictures = torch::randn({2, 3, 32, 32});
    const auto expected = given_->forward_features(pictures).back();
    const auto difference = backbone.forward_features(pictures).back() - expected;
    EXPECT_LT(difference.abs().max().item<float>(), 1e-4F * expected.abs().max().item<float>());
  }

  /// As they come from a file.
  tensor::NamedTensors given_weights() const {
    return tensor::read_safetensors(file_).value().tensors;
  }

  testing::TempDir folder_;
  std::filesystem::path file_ = folder_.path() / "weights.safetensors";
  std::shared_ptr<Backbone> given_;
};

TEST_F(StartWeights, LoadsAllButTheLastLayer) {
  const auto options = narrow(3);
  const auto backbone = seeded(options, 2);
  const auto fresh = backbone->named_parameters()["fc.weight"].clone();

  const auto report = start_from(given_weights(), options, *backbone);

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->classifier, "fc");
  EXPECT_FALSE(report->classifier_kept);
  EXPECT_EQ(report->loaded + 2, report->tensors);
  EXPECT_TRUE(backbone->named_parameters()["fc.weight"].equal(fresh));
  expect_same_features(*backbone);
}

TEST_F(StartWeights, KeepsTheLastLayerWhereItIsWantedAndFits) {
  auto options = narrow(5);
  options.retain_head = true;
  const auto backbone = seeded(options, 2);

  const auto report = start_from(given_weights(), options, *backbone);

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->classifier_kept);
  EXPECT_EQ(report->loaded, report->tensors);
  EXPECT_TRUE(
      backbone->named_parameters()["fc.weight"].equal(given_->named_parameters()["fc.weight"]));
}

TEST_F(StartWeights, StartsTheLastLayerAfreshWhereItIsWantedButDoesNotFit) {
  auto options = narrow(6);
  options.retain_head = true;
  const auto backbone = seeded(options, 2);

  const auto report = start_from(given_weights(), options, *backbone);

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->classifier_kept);
}

TEST_F(StartWeights, LetsFurtherProjectionsStartAsTheIdentity) {
  auto options = narrow(3);
  options.all_projections = true;
  const auto backbone = seeded(options, 2);

  ASSERT_TRUE(start_from(given_weights(), options, *backbone));

  expect_same_features(*backbone);
}

TEST_F(StartWeights, LetsBiasesStartAtZero) {
  auto options = narrow(3);
  options.use_bias = true;
  const auto backbone = seeded(options, 2);

  ASSERT_TRUE(start_from(given_weights(), options, *backbone));

  expect_same_features(*backbone);
}

TEST_F(StartWeights, RefusesANormlessModelWhoseConvolutionsHaveNoBias) {
  auto options = narrow(3);
  options.use_batch_norm = false;
  const auto backbone = seeded(options, 2);

  EXPECT_THAT(start_from(given_weights(), options, *backbone).error().message,
              HasSubstr("unexpected: conv1.bias"));
}

TEST_F(StartWeights, FoldsNormsAwayWhereTheModelHasNone) {
  auto options = narrow(3);
  options.use_batch_norm = false;
  options.use_bias = true;
  const auto backbone = seeded(options, 2);

  const auto report = start_from(given_weights(), options, *backbone);

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GT(report->folded_norms, 8U);
  expect_same_features(*backbone);
}

TEST_F(StartWeights, RefusesAnotherBackboneAndChangesNothing) {
  auto options = narrow(5);
  options.n_layers = 18;
  const auto backbone = seeded(options, 2);
  const auto before = backbone->named_parameters()["conv1.weight"].clone();

  const auto report = start_from(given_weights(), options, *backbone);

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(report.error().message, HasSubstr("layer1.1.conv1.weight"));
  EXPECT_TRUE(backbone->named_parameters()["conv1.weight"].equal(before));
}

TEST_F(StartWeights, RefusesAnotherWidth) {
  auto options = narrow(5);
  options.width = 0.25;
  const auto backbone = seeded(options, 2);

  EXPECT_THAT(
      start_from(given_weights(), options, *backbone).error().message,
      HasSubstr("of another shape: conv1.weight: [8, 3, 7, 7] given, [16, 3, 7, 7] needed"));
}

/// A narrow backbone of five classes with the head that it was published with.
BackboneOptions with_published_head(std::string_view arch) {
  BackboneOptions options;
  options.arch = arch;
  options.n_layers = 16;
  options.width = 0.125;
  options.num_classes = 5;
  options.retain_head = true;
  return options;
}

TEST(PublishedHead, IsLeftOutWhereTheModelHasAPlainOne) {
  const torch::NoGradGuard no_grad;
  for (const auto* arch : {"vgg", "alexnet", "squeezenet"}) {
    SCOPED_TRACE(arch);
    auto options = with_published_head(arch);
    const auto published = seeded(options, 1);
    options.num_classes = 3;
    options.retain_head = false;
    const auto plain = seeded(options, 2);

    const auto report = start_from(tensor::state_dict(*published), options, *plain);

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->classifier, "fc");
    EXPECT_FALSE(report->classifier_kept);
    EXPECT_EQ(report->loaded + 2, report->tensors);
    const auto pictures = torch::randn({1, 3, 64, 64});
    EXPECT_TRUE(plain->forward_features(pictures).back().allclose(
        published->forward_features(pictures).back()));
  }
}

TEST(PublishedHead, IsKeptUpToALastLayerOfAnotherShape) {
  auto options = with_published_head("vgg");
  const auto published = seeded(options, 1);
  options.num_classes = 3;
  const auto other = seeded(options, 2);

  const auto report = start_from(tensor::state_dict(*published), options, *other);

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->classifier, "classifier.6");
  EXPECT_FALSE(report->classifier_kept);
  EXPECT_EQ(report->loaded + 2, report->tensors);
  constexpr const char* hidden = "classifier.3.weight";
  EXPECT_TRUE(other->named_parameters()[hidden].equal(published->named_parameters()[hidden]));
}

/// Expects a model of `options` to make the maps of the backbone that it starts from.
void expect_to_start_alike(const BackboneOptions& given_options, const BackboneOptions& options) {
  const torch::NoGradGuard no_grad;
  const auto given = seeded(given_options, 1);
  testing::calibrate(*given, torch::randn({8, 3, 64, 64}));
  const auto backbone = seeded(options, 2);

  const auto report = start_from(tensor::state_dict(*given), options, *backbone);

  ASSERT_TRUE(report) << report.error().message;
  const auto pictures = torch::randn({2, 3, 64, 64});
  const auto expected = given->forward_features(pictures).back();
  const auto difference = backbone->forward_features(pictures).back() - expected;
  EXPECT_LT(difference.abs().max().item<float>(), 1e-3F * expected.abs().max().item<float>());
}

TEST(StartWeightsOfTheZoo, FoldNormsAwayWhereTheModelHasNone) {
  for (const auto& options : testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    auto normless = options;
    normless.use_batch_norm = false;
    normless.use_bias = true;
    expect_to_start_alike(options, normless);
  }
}

TEST(StartWeightsOfTheZoo, LetBiasesStartAtZero) {
  for (const auto& options : testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    auto biased = options;
    biased.use_bias = true;
    expect_to_start_alike(options, biased);
  }
}

TEST(StartWeightsOfTheZoo, LetFurtherProjectionsStartAsTheIdentity) {
  for (const auto& options : testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    auto projected = options;
    projected.all_projections = true;
    expect_to_start_alike(options, projected);
  }
}

TEST(ClassifierLayer, IsTheLastOneOfEveryBackboneWithEitherHead) {
  for (auto options : testing::small_zoo()) {
    for (const bool retain_head : {false, true}) {
      options.retain_head = retain_head;
      const auto backbone = seeded(options, 1);

      const auto layer = classifier_layer_of(*backbone);

      const auto parameters = backbone->named_parameters();
      const auto* weight = parameters.find(layer + ".weight");
      ASSERT_NE(weight, nullptr) << full_name(options) << ": " << layer;
      EXPECT_EQ(weight->size(0), options.num_classes) << full_name(options) << ": " << layer;
    }
  }
}

TEST(ClassifierLayer, IsNoneWithoutAHead) {
  const auto backbone = seeded(narrow(0), 1);
  EXPECT_EQ(classifier_layer_of(*backbone), "");
  EXPECT_FALSE(belongs_to("fc.weight", ""));
  EXPECT_FALSE(belongs_to("fc2.weight", "fc"));
  EXPECT_TRUE(belongs_to("fc.weight", "fc"));
}

}  // namespace

}  // namespace athanor::pretrained
