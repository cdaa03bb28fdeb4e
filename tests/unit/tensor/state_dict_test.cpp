#include "athanor/tensor/state_dict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/tensor/int8_training.hpp"

namespace athanor::tensor {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

torch::nn::Sequential small_network() {
  torch::manual_seed(1);
  return torch::nn::Sequential(torch::nn::Linear(3, 2), torch::nn::BatchNorm1d(2));
}

NamedTensors without(const NamedTensors& tensors, std::string_view name) {
  NamedTensors rest;
  std::ranges::copy_if(tensors, std::back_inserter(rest), [&](const NamedTensor& named) {
    return named.name != name;
  });
  return rest;
}

TEST(StateDict, NamesParametersThenBuffers) {
  std::vector<std::string> names;
  for (const auto& named : state_dict(*small_network())) {
    names.push_back(named.name);
  }

  EXPECT_THAT(names,
              ElementsAre("0.weight",
                          "0.bias",
                          "1.weight",
                          "1.bias",
                          "1.running_mean",
                          "1.running_var",
                          "1.num_batches_tracked"));
}

TEST(StateDict, LoadCopiesEveryTensor) {
  auto source = small_network();
  source->forward(torch::randn({8, 3}));
  auto target = small_network();

  const auto report = load_state_dict(*target, state_dict(*source));

  EXPECT_TRUE(report.complete());
  for (const auto& [name, value] : state_dict(*source)) {
    EXPECT_TRUE(find_tensor(state_dict(*target), name)->equal(value)) << name;
  }
}

TEST(StateDict, LoadDoesNotShareMemory) {
  auto source = small_network();
  auto target = small_network();
  load_state_dict(*target, state_dict(*source));

  const torch::NoGradGuard no_grad;
  source->parameters().at(0).zero_();

  EXPECT_GT(target->parameters().at(0).abs().sum().item<float>(), 0.0F);
}

TEST(StateDict, LoadLeavesRangesOfATrainingForInt8Over) {
  auto source = small_network();
  ASSERT_EQ(train_for_int8(*source), 1U);
  auto target = small_network();

  EXPECT_TRUE(load_state_dict(*target, state_dict(*source)).complete());
  EXPECT_THAT(load_state_dict(*source, state_dict(*target)).missing, ElementsAre("0.input_range"));
}

TEST(StateDict, LoadReportsWhatDoesNotFitByName) {
  auto network = small_network();
  auto tensors = without(state_dict(*network), "1.bias");
  tensors.front().value = torch::zeros({4, 3});
  tensors.push_back({"fc.weight", torch::zeros({1})});

  const auto report = load_state_dict(*network, tensors);

  EXPECT_THAT(report.missing, ElementsAre("1.bias"));
  EXPECT_THAT(report.unexpected, ElementsAre("fc.weight"));
  EXPECT_THAT(report.mismatched, ElementsAre("0.weight: [4, 3] given, [2, 3] needed"));
  EXPECT_THAT(report.require_complete().error().message,
              HasSubstr("missing: 1.bias; unexpected: fc.weight; of another shape: 0.weight"));
}

TEST(StateDict, LoadLeavesMismatchedWeightsAlone) {
  auto network = small_network();
  const auto before = network->parameters().at(0).clone();

  load_state_dict(*network, {{"0.weight", torch::zeros({4, 3})}});

  EXPECT_TRUE(network->parameters().at(0).equal(before));
}

TEST(StateDict, CompareChangesNothing) {
  auto network = small_network();
  const auto before = network->parameters().at(0).clone();

  const auto report = compare_state_dict(*network, {{"0.weight", torch::zeros({2, 3})}});

  EXPECT_TRUE(report.mismatched.empty());
  EXPECT_TRUE(network->parameters().at(0).equal(before));
}

TEST(StateDict, BatchCountersMayBeMissing) {
  auto network = small_network();

  const auto report =
      load_state_dict(*network, without(state_dict(*network), "1.num_batches_tracked"));

  EXPECT_TRUE(report.complete());
}

TEST(StateDict, LongListsAreCutInMessages) {
  LoadReport report;
  for (int i = 0; i < 20; ++i) {
    report.missing.push_back("w" + std::to_string(i));
  }

  EXPECT_THAT(report.require_complete().error().message, HasSubstr("w7 and 12 more"));
}

}  // namespace

}  // namespace athanor::tensor
