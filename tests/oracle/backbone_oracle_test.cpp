// All backbones against torchvision and, where it lacks them, against backbone_twin.py.
#include <cmath>
#include <functional>
#include <map>

#include "oracle_process.hpp"
#include "support/temp_dir.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/backbones/backbone.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"
#include "athanor/export/parity.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::oracle {

namespace {

using backbones::Backbone;
using backbones::BackboneOptions;

struct BackboneCase {
  std::string name;  ///< In backbone_oracle.py.
  BackboneOptions options;
};

void PrintTo(const BackboneCase& subject, std::ostream* stream) {
  *stream << subject.name;
}

/// As published.
BackboneCase backbone_case(std::string name, std::string arch, std::int64_t n_layers = 18) {
  BackboneOptions options;
  options.arch = std::move(arch);
  options.n_layers = n_layers;
  options.retain_head = true;
  options.batch_norm_epsilon = options.arch == "googlenet" ? 1e-3 : 1e-5;
  options.use_batch_norm = name != "vgg16";
  return {std::move(name), options};
}

std::vector<BackboneCase> full_width_cases() {
  auto cases = std::vector{backbone_case("vgg16", "vgg", 16),
                           backbone_case("vgg16_bn", "vgg", 16),
                           backbone_case("vgg19_bn", "vgg", 19)};
  for (const auto n_layers : {10, 18, 34, 50, 101, 152}) {
    cases.push_back(backbone_case(fmt::format("resnet{}", n_layers), "resnet", n_layers));
  }
  for (const auto* arch : {"darknet", "cspdarknet"}) {
    for (const auto n_layers : {19, 53}) {
      cases.push_back(backbone_case(fmt::format("{}{}", arch, n_layers), arch, n_layers));
    }
  }
  for (const auto arch : backbones::known_archs()) {
    if (!heeds(arch, backbones::Option::n_layers)) {
      cases.push_back(backbone_case(std::string(arch), std::string(arch)));
    }
  }
  return cases;
}

/// What backbone_oracle.py writes files for, as wide as it does; of it, what is `wanted`.
std::vector<BackboneCase> compared_cases(const std::function<bool(const BackboneOptions&)>& wanted =
                                             [](const auto&) { return true; }) {
  const std::map<std::string, double> widths{{"alexnet", 0.125},
                                             {"cspdarknet19", 0.25},
                                             {"cspdarknet53", 0.25},
                                             {"cspdarknet_tiny", 0.25},
                                             {"darknet19", 0.25},
                                             {"darknet53", 0.25},
                                             {"efficientnet_b0", 1.0},
                                             {"googlenet", 1.0},
                                             {"mobilenet_v1", 0.25},
                                             {"mobilenet_v2", 1.0},
                                             {"resnet10", 1.0},
                                             {"resnet18", 1.0},
                                             {"resnet50", 1.0},
                                             {"squeezenet", 1.0},
                                             {"vgg16", 0.125},
                                             {"vgg19_bn", 0.125}};
  std::vector<BackboneCase> cases;
  for (auto& subject : full_width_cases()) {
    const auto found = widths.find(subject.name);
    if (found != widths.end() && wanted(subject.options)) {
      subject.options.width = found->second;
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

class BackboneOracle : public ::testing::TestWithParam<BackboneCase> {
 protected:
  void SetUp() override {
    const auto code = OracleFiles::get().code();
    if (code == unavailable || code == 127) {
      GTEST_SKIP() << "python3-torch and python3-torchvision are not installed";
    }
    ASSERT_EQ(code, 0);
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
  const auto text = read_file(OracleFiles::get().path("shapes.json"));
  ASSERT_TRUE(text) << text.error().message;
  std::map<std::string, std::vector<std::int64_t>> expected;
  Json::parse(*text).at(GetParam().name).get_to(expected);

  EXPECT_EQ(shapes_of(*make_ours()), expected);
}

INSTANTIATE_TEST_SUITE_P(Zoo,
                         BackboneNames,
                         ::testing::ValuesIn(full_width_cases()),
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
      } else {
        weights_.push_back(named);
      }
    }
    start_ = Json::parse(file->metadata.at("start"));
  }

  void expect_equal_outputs(Backbone& ours) const {
    const torch::NoGradGuard no_grad;
    ours.eval();
    const auto parity = exporter::compare_tensors(output_, ours.forward(input_));
    ASSERT_TRUE(parity) << parity.error().message;
    EXPECT_TRUE(parity->within_tolerance())
        << parity->largest_difference << " > " << parity->tolerance;
    RecordProperty("largest_difference", fmt::format("{}", parity->largest_difference));
  }

  tensor::NamedTensors weights_;
  torch::Tensor input_;
  torch::Tensor output_;
  Json start_;  ///< Parameter to deviation and mean magnitude of fresh weights.
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

/// The twins of the others have no initialisation of their own.
bool torchvision_has(const BackboneOptions& options) {
  return options.arch != "mobilenet_v1" && options.arch.find("darknet") == std::string::npos;
}

INSTANTIATE_TEST_SUITE_P(Zoo,
                         BackboneStart,
                         ::testing::ValuesIn(compared_cases(torchvision_has)),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace

}  // namespace athanor::oracle
