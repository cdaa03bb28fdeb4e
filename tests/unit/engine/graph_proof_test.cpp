#include "athanor/engine/graph_proof.hpp"

#include <string>

#include "sample_training.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

using engine::testing::SampleJob;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A model that gives 0.3 for every picture; of that it loses the more in single precision, the
/// larger `factor` is.
GraphToExport ill_conditioned(double factor) {
  const auto weight = torch::full({1}, factor);
  GraphToExport graph;
  graph.outputs = {{"y", {"a"}, "labels.txt"}};
  graph.weights = {{"factor", weight}};
  graph.forward = [weight](const std::vector<torch::Tensor>& inputs) {
    const auto large = inputs.front().flatten(1).narrow(1, 0, 1) * weight;
    return std::vector<torch::Tensor>{large + 0.3 - large};
  };
  graph.measure_on = [](const contract::DatasetInput&) {
    return [](const RunGraph& run) {
      (void)run(torch::ones({2, 3, 8, 8}));
      return Figures{};
    };
  };
  return graph;
}

/// Gives 0.3 and its fault.
RunGraph written_with(double fault) {
  return [fault](const torch::Tensor& pictures) {
    return tensor::NamedTensors{{"y", torch::full({pictures.size(0), 1}, 0.3 + fault)}};
  };
}

/// Compares the two on pictures of ones.
struct ProofJob : SampleJob {
  bool accepts(const GraphToExport& graph, double fault) {
    request.eval_dataset =
        contract::DatasetInput{"id", "image_classification", "default", dir.path()};
    return compare_graphs(job, graph, written_with(fault)).parity.within_tolerance();
  }
};

}  // namespace

TEST(CompareGraphs, AllowsNoMoreThanTheToleranceWhereRoundingIsSmall) {
  ProofJob sample;

  EXPECT_TRUE(sample.accepts(ill_conditioned(1), 0.9e-4));
  EXPECT_THAT(sample.log, IsEmpty());

  EXPECT_FALSE(sample.accepts(ill_conditioned(1), 1.1e-4));
  EXPECT_THAT(sample.log, Contains(HasSubstr("double precision")));
}

// At 10,000, single precision has steps of 1/1024: 0.3 becomes 307/1024, 1.95e-4 less.
TEST(CompareGraphs, AllowsAFewTimesWhatTheModelIsOffItself) {
  ProofJob sample;

  EXPECT_TRUE(sample.accepts(ill_conditioned(1e4), 7e-4));
  EXPECT_FALSE(sample.accepts(ill_conditioned(1e4), 9e-4));
}

TEST(CompareGraphs, RefusesWhatRoundingMakesMeaningless) {
  ProofJob sample;

  EXPECT_FALSE(sample.accepts(ill_conditioned(1e9), 0.02));
}

TEST(CompareGraphs, LeavesTheWeightsAsTheyWere) {
  ProofJob sample;
  const auto graph = ill_conditioned(1e4);

  (void)sample.accepts(graph, 1);

  EXPECT_TRUE(graph.weights.front().value.equal(torch::full({1}, 1e4)));
}

}  // namespace athanor::engine
