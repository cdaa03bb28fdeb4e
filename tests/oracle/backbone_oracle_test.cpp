// All backbones against torchvision and, where it lacks them, against backbone_twin.py.
#include <cmath>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "oracle_process.hpp"
#include "published_backbones.hpp"
#include "support/temp_dir.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/backbones/backbone.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/export/parity.hpp"
#include "athanor/pretrained/backbone_name.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::oracle {

namespace {

using backbones::Backbone;
using backbones::BackboneOptions;

/// The twins of the others have no initialisation of their own.
bool torchvision_has(const BackboneOptions& options) {
  return options.arch != "mobilenet_v1" && options.arch.find("darknet") == std::string::npos;
}

/// As wide as backbone_oracle.py makes them for a comparison of outputs.
double compared_width(const BackboneOptions& options) {
  if (options.arch == "vgg" || options.arch == "alexnet") {
    return 0.125;
  }
  return torchvision_has(options) ? 1.0 : 0.25;
}

/// What backbone_oracle.py writes files for; of it, what is `wanted`.
std::vector<PublishedBackbone> compared_cases(
    const std::function<bool(const BackboneOptions&)>& wanted = [](const auto&) { return true; }) {
  std::vector<PublishedBackbone> cases;
  for (auto& subject : published_backbones()) {
    if (wanted(subject.options)) {
      subject.options.width = compared_width(subject.options);
      subject.options.num_classes = 10;
      cases.push_back(std::move(subject));
    }
  }
  return cases;
}

/// The files of one run of the oracle, which serves all cases of this process.
class OracleFiles {
 public:
  static const OracleFiles& get() {
    static const OracleFiles files;
    return files;
  }

  [[nodiscard]] int code() const { return code_; }

  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return folder_.path() / name;
  }

 private:
  OracleFiles()
      : code_(run_process({ATHANOR_ORACLE_PYTHON,
                           "-B",
                           ATHANOR_ORACLE_SCRIPTS "/backbone_oracle.py",
                           folder_.path().string()})) {}

  testing::TempDir folder_;
  int code_;
};

class BackboneOracle : public ::testing::TestWithParam<PublishedBackbone> {
 protected:
  void SetUp() override {
    const auto code = OracleFiles::get().code();
    if (code == unavailable || code == 127) {
      GTEST_SKIP() << "python3-torch and python3-torchvision are not installed";
    }
    ASSERT_EQ(code, 0);
  }

  /// What one of the oracle's JSON files says of this backbone.
  [[nodiscard]] static Json described_in(const std::string& file) {
    return Json::parse(read_file(OracleFiles::get().path(file)).value()).at(GetParam().name);
  }

  [[nodiscard]] static std::shared_ptr<Backbone> make_ours(bool all_projections = false) {
    torch::manual_seed(2);
    auto options = GetParam().options;
    options.all_projections = all_projections;
    return make_backbone(options).value();
  }

  static std::map<std::string, std::vector<std::int64_t>> shapes_of(const Backbone& backbone) {
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const auto& [name, value] : tensor::state_dict(backbone)) {
      shapes[name] = value.sizes().vec();
    }
    return shapes;
  }
};

class BackboneNames : public BackboneOracle {};

TEST_P(BackboneNames, AndShapesAreTheOracles) {
  std::map<std::string, std::vector<std::int64_t>> expected;
  described_in("shapes.json").get_to(expected);

  EXPECT_EQ(shapes_of(*make_ours()), expected);
}

INSTANTIATE_TEST_SUITE_P(Zoo,
                         BackboneNames,
                         ::testing::ValuesIn(published_backbones()),
                         [](const auto& param_info) { return param_info.param.name; });

class PicturesOfWeights : public BackboneOracle {};

TEST_P(PicturesOfWeights, AreThoseOfTorchvision) {
  const auto expected = described_in("pictures.json");

  const auto properties = pretrained::properties_of(GetParam().options);

  const std::string usual_method = "__BILINEAR__";
  EXPECT_EQ(properties.at("input_image_size"),
            fmt::format("3,{0},{0}", expected.at("side").get<int>()));
  EXPECT_EQ(properties.value("resize_interpolation_method", usual_method),
            expected.at("interpolation") == "bicubic" ? "__BICUBIC__" : usual_method);
}

INSTANTIATE_TEST_SUITE_P(Zoo,
                         PicturesOfWeights,
                         ::testing::ValuesIn(compared_cases([](const BackboneOptions& options) {
                           return torchvision_has(options) && full_name(options) != "resnet10";
                         })),
                         [](const auto& param_info) { return param_info.param.name; });

class BackboneOutputs : public BackboneOracle {
 protected:
  void SetUp() override {
    BackboneOracle::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    auto file = tensor::read_safetensors(OracleFiles::get().path(GetParam().name + ".safetensors"));
    ASSERT_TRUE(file) << file.error().message;
    for (auto& named : file->tensors) {
      if (named.name == "oracle.input") {
        input_ = named.value;
      } else if (named.name == "oracle.output") {
        output_ = named.value;
      } else if (named.name.starts_with(tap_prefix)) {
        maps_.push_back({named.name.substr(tap_prefix.size()), named.value});
      } else {
        weights_.push_back(named);
      }
    }
    start_ = Json::parse(file->metadata.at("start"));
  }

  void expect_equal_outputs(Backbone& ours) const {
    const torch::NoGradGuard no_grad;
    ours.eval();
    expect_parity("logits", output_, ours.forward(input_));
    const auto maps = ours.forward_features(input_);
    const auto taps = ours.taps();
    ASSERT_EQ(maps.size(), maps_.size());
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const auto* expected = tensor::find_tensor(maps_, taps[i].name);
      ASSERT_NE(expected, nullptr) << taps[i].name;
      expect_parity(taps[i].name, *expected, maps[i]);
    }
  }

  static constexpr std::string_view tap_prefix = "oracle.tap.";

  tensor::NamedTensors weights_;
  torch::Tensor input_;
  torch::Tensor output_;
  tensor::NamedTensors maps_;  ///< By the names of the taps.
  Json start_;                 ///< Parameter to deviation and mean magnitude of fresh weights.

 private:
  static void expect_parity(const std::string& name,
                            const torch::Tensor& expected,
                            const torch::Tensor& actual) {
    const auto parity = exporter::compare_tensors(expected, actual);
    ASSERT_TRUE(parity) << name << ": " << parity.error().message;
    EXPECT_TRUE(parity->within_tolerance())
        << name << ": " << parity->largest_difference << " > " << parity->tolerance;
    RecordProperty("largest_difference_of_" + name, fmt::format("{}", parity->largest_difference));
  }
};

TEST_P(BackboneOutputs, AreTheOraclesForItsWeights) {
  const auto ours = make_ours();

  const auto report = tensor::load_state_dict(*ours, weights_);

  EXPECT_TRUE(report.complete());
  expect_equal_outputs(*ours);
}

INSTANTIATE_TEST_SUITE_P(Zoo,
                         BackboneOutputs,
                         ::testing::ValuesIn(compared_cases()),
                         [](const auto& param_info) { return param_info.param.name; });

class BackboneProjections : public BackboneOutputs {};

TEST_P(BackboneProjections, LeaveTheOutputsOfPublishedWeights) {
  const auto ours = make_ours(/*all_projections=*/true);

  const auto report = tensor::load_state_dict(*ours, weights_);

  EXPECT_TRUE(report.unexpected.empty());
  EXPECT_TRUE(report.mismatched.empty());
  EXPECT_FALSE(report.missing.empty());
  for (const auto& name : report.missing) {
    EXPECT_THAT(name, ::testing::ContainsRegex("\\.(downsample|shortcut)\\."));
  }
  expect_equal_outputs(*ours);
}

INSTANTIATE_TEST_SUITE_P(Zoo,
                         BackboneProjections,
                         ::testing::ValuesIn(compared_cases([](const BackboneOptions& options) {
                           return heeds(options.arch, backbones::Option::all_projections);
                         })),
                         [](const auto& param_info) { return param_info.param.name; });

class BackboneStart : public BackboneOutputs {};

TEST_P(BackboneStart, HasTorchvisionsDistributions) {
  const auto ours = make_ours();
  const auto state = tensor::state_dict(*ours);

  ASSERT_FALSE(start_.empty());
  for (const auto& [name, expected] : start_.items()) {
    const auto* value = tensor::find_tensor(state, name);
    ASSERT_NE(value, nullptr) << name;
    // Both sides are samples: six standard errors.
    const auto tolerance = 6.0 / std::sqrt(static_cast<double>(value->numel()));
    EXPECT_NEAR(value->std().item<double>() / expected[0].get<double>(), 1.0, tolerance) << name;
    EXPECT_NEAR(value->abs().mean().item<double>() / expected[1].get<double>(), 1.0, tolerance)
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo,
                         BackboneStart,
                         ::testing::ValuesIn(compared_cases(torchvision_has)),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace

}  // namespace athanor::oracle
