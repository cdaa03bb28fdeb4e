// What every backbone must do, whatever its architecture.
#include "athanor/backbones/backbone.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/paths.hpp"
#include "support/zoo.hpp"
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/backbones/width.hpp"
#include "athanor/tensor/int8_training.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::backbones {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Option all_options[] = {Option::n_layers,
                                  Option::all_projections,
                                  Option::use_pooling,
                                  Option::use_batch_norm,
                                  Option::retain_head};

/// Calls `check` for one small backbone of every architecture.
void for_each_small_backbone(const std::function<void(const BackboneOptions&)>& check) {
  for (const auto& options : athanor::testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    check(options);
  }
}

std::shared_ptr<Backbone> seeded(const BackboneOptions& options) {
  torch::manual_seed(4);
  return make_backbone(options).value();
}

torch::Tensor pictures(std::int64_t side = 64, std::int64_t count = 4) {
  torch::manual_seed(5);
  return torch::randn({count, 3, side, side});
}

/// With the running statistics of a batch, without which googlenet's signals fade.
std::shared_ptr<Backbone> calibrated(const BackboneOptions& options) {
  auto backbone = seeded(options);
  athanor::testing::calibrate(*backbone, pictures());
  return backbone;
}

/// What a backbone makes of some pictures when it is used, not trained.
torch::Tensor outputs_of(const BackboneOptions& options) {
  const torch::NoGradGuard no_grad;
  return calibrated(options)->forward(pictures());
}

std::map<std::string, std::vector<std::int64_t>> shapes_of(const BackboneOptions& options) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& [name, value] : tensor::state_dict(*seeded(options))) {
    shapes[name] = value.sizes().vec();
  }
  return shapes;
}

/// One training step with a large rate; returns the names of what it changed.
std::vector<std::string> names_changed_by_a_step(Backbone& backbone) {
  tensor::NamedTensors before;
  for (const auto& [name, value] : tensor::state_dict(backbone)) {
    before.push_back({name, value.clone()});
  }
  torch::optim::SGD optimiser(backbone.parameters(), 0.1);
  backbone.train();
  backbone.forward(pictures()).square().mean().backward();
  optimiser.step();
  std::vector<std::string> changed;
  for (const auto& [name, value] : tensor::state_dict(backbone)) {
    if (!tensor::find_tensor(before, name)->equal(value)) {
      changed.push_back(name);
    }
  }
  return changed;
}

/// Where everything in a block lies.
std::set<const void*> memory_of(const Backbone& backbone, std::int64_t block) {
  std::set<const void*> memory;
  for (const auto& module : backbone.block(block)) {
    for (const auto& named : tensor::state_dict(*module)) {
      memory.insert(named.value.data_ptr());
    }
  }
  return memory;
}

/// The names of all tensors that lie in none of the blocks.
std::vector<std::string> names_outside(const Backbone& backbone,
                                       std::span<const std::int64_t> blocks) {
  std::set<const void*> inside;
  for (const auto block : blocks) {
    inside.merge(memory_of(backbone, block));
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : tensor::state_dict(backbone)) {
    if (!inside.contains(value.data_ptr())) {
      names.push_back(name);
    }
  }
  return names;
}

/// The names of the convolutions with a bias, or of those without. Those of squeeze and excitation
/// always have one.
std::vector<std::string> convolutions_where(bool has_bias, const Backbone& backbone) {
  std::vector<std::string> names;
  for (const auto& item : backbone.named_modules("", /*include_self=*/false)) {
    const bool squeezes = item.key().ends_with(".fc1") || item.key().ends_with(".fc2");
    const auto* conv = item.value()->as<torch::nn::Conv2d>();
    if (conv != nullptr && !squeezes && conv->options.bias() == has_bias) {
      names.push_back(item.key());
    }
  }
  return names;
}

/// How often each kind of activation stands between pictures and logits.
std::map<std::string, int> activations_of(const BackboneOptions& options) {
  const std::set<std::string> kinds{"ReluBackward0",
                                    "HardtanhBackward0",
                                    "LeakyReluBackward0",
                                    "LeakyReluBackward1",
                                    "SiluBackward0",
                                    "MishBackward0"};
  const auto backbone = seeded(options);
  backbone->eval();
  const auto logits = backbone->forward(pictures());
  std::map<std::string, int> counts;
  std::set<const torch::autograd::Node*> seen;
  std::vector<const torch::autograd::Node*> open{logits.grad_fn().get()};
  while (!open.empty()) {
    const auto* const node = open.back();
    open.pop_back();
    if (node == nullptr || !seen.insert(node).second) {
      continue;
    }
    if (kinds.contains(node->name())) {
      ++counts[node->name()];
    }
    for (const auto& edge : node->next_edges()) {
      open.push_back(edge.function.get());
    }
  }
  return counts;
}

bool has_batch_norm(const Backbone& backbone) {
  const auto modules = backbone.modules();
  return std::ranges::any_of(modules, [](const auto& module) {
    return module->template as<torch::nn::BatchNorm2d>() != nullptr;
  });
}

/// The same with another value of one option.
BackboneOptions with_other(BackboneOptions options, Option option) {
  switch (option) {
    case Option::n_layers:
      options.n_layers = options.arch == "resnet" ? 18 : options.n_layers == 19 ? 53 : 19;
      break;
    case Option::all_projections:
      options.all_projections = !options.all_projections;
      break;
    case Option::use_pooling:
      options.use_pooling = !options.use_pooling;
      break;
    case Option::use_batch_norm:
      options.use_batch_norm = !options.use_batch_norm;
      break;
    case Option::retain_head:
      options.retain_head = !options.retain_head;
      break;
  }
  return options;
}

/// The second cells of a table in the zoo's README, by the names in the first ones.
std::map<std::string, std::string> documented(const std::string& section) {
  std::ifstream readme(athanor::testing::source_folder() / "src/athanor/backbones/README.md");
  std::map<std::string, std::string> cells;
  bool in_section = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("## ")) {
      in_section = line == "## " + section;
    }
    const auto names_end = line.find(" | ", 1);
    if (!in_section || names_end == std::string::npos || line.starts_with("| backbone ")) {
      continue;
    }
    const auto cell = names_end + 3;
    std::istringstream names(line.substr(2, names_end - 2));
    for (std::string name; names >> name;) {
      std::erase(name, ',');
      cells[name] = line.substr(cell, line.find(" |", cell) - cell);
    }
  }
  return cells;
}

/// Of a row in these tables, head included.
BackboneOptions options_named(const std::string& name) {
  BackboneOptions options;
  const auto digits = name.find_last_not_of("0123456789") + 1;
  options.arch = name.substr(0, digits);
  if (heeds(options.arch, Option::n_layers)) {
    options.n_layers = std::stoll(name.substr(digits));
  } else {
    options.arch = name;
  }
  options.retain_head = true;
  return options;
}

std::int64_t parameter_count(const Backbone& backbone) {
  std::int64_t count = 0;
  for (const auto& parameter : backbone.parameters()) {
    count += parameter.numel();
  }
  return count;
}

std::string taps_text(const Backbone& backbone) {
  std::vector<std::string> parts;
  for (const auto& tap : backbone.taps()) {
    parts.push_back(fmt::format("{} {}/{}", tap.name, tap.channels, tap.stride));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// The names of what a block consists of, as far as it has weights.
std::vector<std::string> layers_of(const Backbone& backbone, std::int64_t block) {
  const auto modules = backbone.block(block);
  std::vector<std::string> names;
  for (const auto& item : backbone.named_modules("", /*include_self=*/false)) {
    if (std::ranges::find(modules, item.value()) != modules.end() &&
        !item.value()->parameters().empty()) {
      names.push_back(item.key());
    }
  }
  return names;
}

std::string blocks_text(const Backbone& backbone) {
  std::vector<std::string> parts;
  for (auto block = backbone.first_block(); block <= backbone.last_block(); ++block) {
    const auto layers = layers_of(backbone, block);
    auto part = fmt::format("{} {}", block, layers.front());
    if (layers.size() > 1) {
      part += " to " + layers.back();
    }
    parts.push_back(std::move(part));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

TEST(Zoo, FrozenBlocksStayAndTheRestLearns) {
  for_each_small_backbone([](const BackboneOptions& options) {
    const auto backbone = seeded(options);
    const auto first = backbone->first_block();
    const std::array<std::int64_t, 2> blocks{first, first + 1};
    ASSERT_TRUE(backbone->freeze_blocks(blocks));

    EXPECT_EQ(names_changed_by_a_step(*backbone), names_outside(*backbone, blocks));
  });
}

TEST(Zoo, EveryBlockHasWeightsAndOnlyTheHeadIsInNone) {
  for_each_small_backbone([](const BackboneOptions& options) {
    auto headless = options;
    headless.num_classes = 0;
    const auto backbone = seeded(headless);
    std::size_t in_blocks = 0;
    for (auto block = backbone->first_block(); block <= backbone->last_block(); ++block) {
      EXPECT_FALSE(memory_of(*backbone, block).empty()) << block;
      in_blocks += memory_of(*backbone, block).size();
    }

    EXPECT_EQ(in_blocks, tensor::state_dict(*backbone).size());
  });
}

TEST(Zoo, FrozenBatchNormStaysInEvaluationMode) {
  for_each_small_backbone([](const BackboneOptions& options) {
    const auto backbone = seeded(options);
    backbone->freeze_batch_norm();
    const auto norms = tensor::state_dict(*backbone);

    const auto changed = names_changed_by_a_step(*backbone);

    EXPECT_FALSE(changed.empty());
    for (const auto& name : changed) {
      const auto layer = name.substr(0, name.rfind('.'));
      EXPECT_EQ(tensor::find_tensor(norms, layer + ".running_mean"), nullptr) << name;
    }
  });
}

TEST(Zoo, UnknownBlocksAreRefusedAndChangeNothing) {
  for_each_small_backbone([](const BackboneOptions& options) {
    const auto backbone = seeded(options);
    const std::array<std::int64_t, 2> blocks{backbone->first_block(), backbone->last_block() + 1};

    const auto frozen = backbone->freeze_blocks(blocks);

    ASSERT_FALSE(frozen);
    EXPECT_THAT(frozen.error().message,
                HasSubstr(fmt::format("choose from {}", backbone->first_block())));
    for (const auto& parameter : backbone->parameters()) {
      EXPECT_TRUE(parameter.requires_grad());
    }
  });
}

TEST(Zoo, TapsDescribeTheMaps) {
  const torch::NoGradGuard no_grad;
  for_each_small_backbone([](BackboneOptions options) {
    // Their first convolution or their pools have no padding.
    const std::int64_t missing = options.arch == "alexnet" || options.arch == "squeezenet" ? 3 : 0;
    for (const auto stem : {Stem::imagenet, Stem::small}) {
      options.stem = stem;
      const auto backbone = seeded(options);
      backbone->eval();

      const auto maps = backbone->forward_features(torch::randn({2, 3, 64, 96}));
      const auto taps = backbone->taps();

      ASSERT_EQ(maps.size(), taps.size());
      ASSERT_GE(taps.size(), 3U);
      for (std::size_t i = 0; i < maps.size(); ++i) {
        EXPECT_EQ(maps[i].size(1), taps[i].channels) << taps[i].name;
        for (const int side : {2, 3}) {
          const auto expected = (side == 2 ? 64 : 96) / taps[i].stride;
          EXPECT_LE(maps[i].size(side), expected) << taps[i].name;
          EXPECT_GE(maps[i].size(side), expected - missing) << taps[i].name;
        }
      }
    }
  });
}

TEST(Zoo, TheSmallStemReducesLess) {
  for_each_small_backbone([](BackboneOptions options) {
    const auto published = seeded(options)->taps().back().stride;
    options.stem = Stem::small;

    EXPECT_LT(seeded(options)->taps().back().stride, published);
    EXPECT_LE(seeded(options)->smallest_input(), 28);
  });
}

TEST(Zoo, TheSmallestInputIsTheSmallest) {
  const torch::NoGradGuard no_grad;
  for_each_small_backbone([](BackboneOptions options) {
    for (const auto stem : {Stem::imagenet, Stem::small}) {
      for (const bool retain_head : {false, true}) {
        options.stem = stem;
        options.retain_head = retain_head;
        const auto backbone = seeded(options);
        backbone->eval();
        const auto smallest = backbone->smallest_input();

        EXPECT_NO_THROW((void)backbone->forward(pictures(smallest))) << smallest;
        if (smallest > 1) {
          EXPECT_THROW((void)backbone->forward(pictures(smallest - 1)), c10::Error) << smallest;
        }
      }
    }
  });
}

TEST(Zoo, EveryParameterGetsAGradient) {
  for_each_small_backbone([](BackboneOptions options) {
    options.all_projections = true;
    const auto backbone = seeded(options);

    backbone->forward(pictures()).square().mean().backward();

    for (const auto& parameter : backbone->named_parameters()) {
      const auto gradient = parameter.value().grad();
      ASSERT_TRUE(gradient.defined()) << parameter.key();
      EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << parameter.key();
      if (parameter.key().ends_with("weight")) {
        EXPECT_GT(gradient.abs().max().item<float>(), 0.0F) << parameter.key();
      }
    }
  });
}

TEST(Zoo, ExtraProjectionsStartAsIdentity) {
  const torch::NoGradGuard no_grad;
  for_each_small_backbone([](BackboneOptions options) {
    if (!heeds(options.arch, Option::all_projections)) {
      return;
    }
    options.batch_norm_epsilon = 1e-2;
    const auto without = seeded(options);
    options.all_projections = true;
    const auto with = seeded(options);

    const auto report = tensor::load_state_dict(*with, tensor::state_dict(*without));

    with->eval();
    without->eval();
    EXPECT_FALSE(report.missing.empty());
    EXPECT_TRUE(report.unexpected.empty());
    EXPECT_TRUE(
        torch::allclose(with->forward(pictures()), without->forward(pictures()), 1e-4, 1e-5));
  });
}

TEST(Zoo, ItHeedsWhatItSaysAndNothingElse) {
  for_each_small_backbone([](const BackboneOptions& options) {
    for (const auto option : all_options) {
      const auto other = with_other(options, option);
      const bool changed =
          shapes_of(options) != shapes_of(other) || !outputs_of(options).equal(outputs_of(other));

      EXPECT_EQ(changed, heeds(options.arch, option)) << "option " << static_cast<int>(option);
    }
  });
}

TEST(Zoo, ATrainingForInt8ReachesEveryLayer) {
  for_each_small_backbone([](const BackboneOptions& options) {
    const auto backbone = seeded(options);
    ASSERT_GT(tensor::train_for_int8(*backbone), 0U);
    backbone->train();

    (void)backbone->forward(pictures());

    for (const auto& [name, value] : tensor::state_dict(*backbone)) {
      EXPECT_TRUE(!tensor::is_int8_range(name) || value.any().item<bool>()) << name;
    }
  });
}

TEST(Zoo, EveryConvolutionHeedsTheBias) {
  for_each_small_backbone([](BackboneOptions options) {
    options.all_projections = true;
    options.retain_head = true;
    for (const bool use_bias : {false, true}) {
      options.use_bias = use_bias;

      EXPECT_THAT(convolutions_where(!use_bias, *seeded(options)), IsEmpty());
    }
  });
}

TEST(Zoo, EveryPlaceHeedsTheActivation) {
  for_each_small_backbone([](BackboneOptions options) {
    options.retain_head = true;
    const auto published = activations_of(options);
    ASSERT_EQ(published.size(), 1U);
    options.activation = Activation::mish;

    EXPECT_THAT(activations_of(options),
                ElementsAre(Pair("MishBackward0", published.begin()->second)));
  });
}

TEST(Zoo, EveryArchitectureHeedsStemWidthAndChannels) {
  for_each_small_backbone([](const BackboneOptions& options) {
    auto other = options;
    other.stem = Stem::small;
    EXPECT_FALSE(outputs_of(other).equal(outputs_of(options)));

    other = options;
    other.width = 0.25;
    EXPECT_NE(shapes_of(other), shapes_of(options));

    other = options;
    other.input_channels = 1;
    EXPECT_NO_THROW((void)seeded(other)->forward(torch::randn({2, 1, 64, 64})));
  });
}

TEST(Zoo, DropoutActsInTrainingOnly) {
  for_each_small_backbone([](BackboneOptions options) {
    options.dropout = 0.5;
    for (const bool retain_head : {false, true}) {
      options.retain_head = retain_head;
      const auto backbone = calibrated(options);
      backbone->freeze_batch_norm();
      const auto x = pictures();

      backbone->train();
      EXPECT_FALSE(backbone->forward(x).equal(backbone->forward(x)));
      backbone->eval();
      EXPECT_TRUE(backbone->forward(x).equal(backbone->forward(x)));
    }
  });
}

TEST(Zoo, BatchNormTakesMomentumAndEpsilon) {
  for_each_small_backbone([](BackboneOptions options) {
    options.batch_norm_momentum = 0.75;
    options.batch_norm_epsilon = 0.5;
    const auto backbone = seeded(options);

    EXPECT_EQ(has_batch_norm(*backbone), heeds(options.arch, Option::use_batch_norm));
    for (const auto& module : backbone->modules()) {
      if (const auto* norm = module->as<torch::nn::BatchNorm2d>()) {
        EXPECT_DOUBLE_EQ(*norm->options.momentum(), 0.25);
        EXPECT_DOUBLE_EQ(norm->options.eps(), 0.5);
      }
    }
  });
}

TEST(Zoo, StaysFiniteAndAliveWithoutBatchNorm) {
  for_each_small_backbone([](BackboneOptions options) {
    options.use_batch_norm = false;
    const auto backbone = seeded(options);
    ASSERT_FALSE(has_batch_norm(*backbone));

    const auto loss = backbone->forward(pictures()).square().mean();
    loss.backward();

    EXPECT_GT(loss.item<float>(), 0.0F);
    EXPECT_LT(loss.item<float>(), 1000.0F);
    for (const auto& parameter : backbone->named_parameters()) {
      EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
    }
  });
}

TEST(Zoo, ZeroClassesLeaveTheHeadOut) {
  for_each_small_backbone([](BackboneOptions options) {
    const auto with_head = shapes_of(options);
    options.num_classes = 0;
    const auto without = shapes_of(options);

    EXPECT_LT(without.size(), with_head.size());
    EXPECT_TRUE(std::ranges::includes(with_head, without));
    EXPECT_THROW((void)seeded(options)->forward(pictures()), std::logic_error);
  });
}

// Heads as published, for 1000 classes.
TEST(Zoo, HasTheDocumentedParametersAndTaps) {
  const auto counts = documented("The zoo");
  auto taps = documented("Taps");
  ASSERT_GE(counts.size(), 24U);
  EXPECT_EQ(counts.size(), taps.size());
  for (auto [name, count] : counts) {
    std::erase(count, ',');
    const auto backbone = make_backbone(options_named(name));
    ASSERT_TRUE(backbone) << backbone.error().message;

    EXPECT_EQ(std::to_string(parameter_count(**backbone)), count) << name;
    EXPECT_EQ(taps_text(**backbone), taps[name]) << name;
  }
}

TEST(Zoo, NumbersBlocksAsDocumented) {
  const auto blocks = documented("Blocks");
  EXPECT_EQ(blocks.size(), documented("The zoo").size());
  for (const auto& [name, text] : blocks) {
    auto options = options_named(name);
    options.width = 0.125;

    EXPECT_EQ(blocks_text(*seeded(options)), text) << name;
  }
}

TEST(MakeBackbone, UnknownArchNamesTheKnownOnes) {
  BackboneOptions options;
  options.arch = "resnext";

  const auto made = make_backbone(options);

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(made.error().message, HasSubstr("\"resnext\": choose one of resnet, vgg"));
}

TEST(MakeBackbone, UnknownDepthsNameTheKnownOnes) {
  BackboneOptions options;
  for (const auto& [arch, choices] : {std::pair{"resnet", "choose 10, 18, 34, 50, 101 or 152"},
                                      std::pair{"vgg", "choose 16 or 19"},
                                      std::pair{"darknet", "choose 19 or 53"},
                                      std::pair{"cspdarknet", "choose 19 or 53"}}) {
    options.arch = arch;
    options.n_layers = 20;

    const auto made = make_backbone(options);

    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(made.error().message, ::testing::StartsWith("n_layers: "));
    EXPECT_THAT(made.error().message, HasSubstr(choices));
  }
}

TEST(MakeBackbone, SaysThatModelsAreNotImported) {
  BackboneOptions options;
  options.arch = "byom";

  const auto made = make_backbone(options);

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::unsupported);
  EXPECT_THAT(made.error().message, HasSubstr("importing is not supported"));
}

TEST(FullName, HasTheDepthWhereThereAreSeveral) {
  BackboneOptions options;
  EXPECT_EQ(full_name(options), "resnet18");

  options.arch = "efficientnet_b3";
  EXPECT_EQ(full_name(options), "efficientnet_b3");
}

// Values of torchvision's _make_divisible(channels * width, 8).
TEST(ScaledChannels, FollowThePublishedRule) {
  EXPECT_EQ(scaled_channels(64, 1.0), 64);
  EXPECT_EQ(scaled_channels(32, 0.75), 24);
  EXPECT_EQ(scaled_channels(16, 0.25), 8);
  EXPECT_EQ(scaled_channels(24, 0.75), 24);
  EXPECT_EQ(scaled_channels(96, 1.1), 104);
  EXPECT_EQ(scaled_channels(12, 1.0), 16);
}

}  // namespace athanor::backbones
