#include "athanor/prune/topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::prune {

namespace {

namespace nn = torch::nn;

using ::testing::HasSubstr;

nn::Sequential small_net() {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(3, 8, 3)),
                        nn::BatchNorm2d(8),
                        nn::Conv2d(nn::Conv2dOptions(8, 16, 3).groups(8)),
                        nn::Conv2d(nn::Conv2dOptions(16, 12, 1).groups(4)),
                        nn::Linear(12, 5));
}

std::string fault_of(const Topology& topology) {
  auto net = small_net();
  const auto status = shape_module(*net, topology);
  return status ? "" : status.error().message;
}

}  // namespace

TEST(Topology, SurvivesADescription) {
  const Topology topology{{"layer1.0.conv1", {8, 16}}, {"bn", {16, 16}}, {"fc", {40, 0}}};
  Json description{{"classes", {"a", "b"}}};

  describe(topology, description);

  EXPECT_EQ(topology_of(parse_json(to_text(description)).value()).value(), topology);
}

TEST(Topology, LeavesNoTraceWhereThereIsNone) {
  Json description{{"classes", 2}};

  describe({}, description);

  EXPECT_EQ(description, (Json{{"classes", 2}}));
  EXPECT_TRUE(topology_of(description).value().empty());
}

TEST(Topology, GivesLayersTheirWidths) {
  auto net = small_net();

  const auto status = shape_module(
      *net, {{"0", {3, 6}}, {"1", {6, 6}}, {"2", {6, 12}}, {"3", {12, 8}}, {"4", {8, 5}}});

  ASSERT_TRUE(status) << status.error().message;
  auto& norm = *net->ptr(1)->as<nn::BatchNorm2d>();
  EXPECT_EQ(net->at<nn::Conv2dImpl>(2).options.groups(), 6);
  EXPECT_EQ(net->at<nn::Conv2dImpl>(3).options.groups(), 4);
  EXPECT_EQ(net->at<nn::Conv2dImpl>(3).weight.sizes(), (torch::IntArrayRef{8, 3, 1, 1}));
  EXPECT_EQ(norm.running_var.sizes(), (torch::IntArrayRef{6}));
  const auto map = net->at<nn::Conv2dImpl>(3).forward(net->at<nn::Conv2dImpl>(2).forward(
      norm.forward(net->at<nn::Conv2dImpl>(0).forward(torch::zeros({1, 3, 9, 9})))));
  EXPECT_EQ(net->at<nn::LinearImpl>(4).forward(map.mean({2, 3})).sizes(),
            (torch::IntArrayRef{1, 5}));
}

TEST(Topology, TrainsOnWithNarrowedLayers) {
  auto net = small_net();
  ASSERT_TRUE(shape_module(*net, {{"0", {3, 6}}}));
  auto& conv = net->at<nn::Conv2dImpl>(0);
  torch::optim::SGD optimizer(net->parameters(), 0.1);
  const auto before = conv.weight.detach().clone();

  conv.forward(torch::ones({1, 3, 4, 4})).sum().backward();
  optimizer.step();

  EXPECT_FALSE(torch::equal(conv.weight, before));
}

TEST(Topology, RefusesWhatDoesNotFit) {
  EXPECT_THAT(fault_of({{"9", {1, 1}}}), HasSubstr("9, which the network lacks"));
  EXPECT_THAT(fault_of({{"0", {3, 9}}}), HasSubstr("layer of 3 to 8"));
  EXPECT_THAT(fault_of({{"0", {-3, 4}}}), HasSubstr("layer of 3 to 8"));
  EXPECT_THAT(fault_of({{"1", {6, 5}}}), HasSubstr("batch norm"));
  EXPECT_THAT(fault_of({{"2", {6, 10}}}), HasSubstr("its own filters"));
  EXPECT_THAT(fault_of({{"3", {14, 8}}}), HasSubstr("groups"));
}

TEST(Topology, LeavesWhatItDoesNotTell) {
  auto net = small_net();

  ASSERT_TRUE(shape_module(*net, {{"4", {8, 0}}}));

  EXPECT_EQ(net->at<nn::LinearImpl>(4).weight.sizes(), (torch::IntArrayRef{5, 8}));
}

TEST(Topology, TakesOverLaterChanges) {
  Topology topology{{"conv", {8, 16}}, {"fc", {40, 0}}};

  merge({{"conv", {0, 12}}, {"bn", {12, 12}}}, topology);

  EXPECT_EQ(topology, (Topology{{"conv", {8, 12}}, {"fc", {40, 0}}, {"bn", {12, 12}}}));
}

TEST(Topology, RefusesADamagedDescription) {
  for (const auto* damaged :
       {R"({"conv": {"in": "many"}})", R"({"conv": {"out": 0}})", R"({"conv": 3})"}) {
    const auto topology = topology_of({{"topology", parse_json(damaged).value()}});

    ASSERT_FALSE(topology) << damaged;
    EXPECT_THAT(topology.error().message, HasSubstr("conv"));
  }
}

}  // namespace athanor::prune
