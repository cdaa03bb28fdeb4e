#include "athanor/pretrained/norm_pairs.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

#include "support/zoo.hpp"
#include <gtest/gtest.h>

#include "athanor/tensor/state_dict.hpp"

namespace athanor::pretrained {

namespace {

/// With norms that are no identities.
std::shared_ptr<backbones::Backbone> used_backbone(const backbones::BackboneOptions& options) {
  torch::manual_seed(6);
  const auto backbone = backbones::make_backbone(options).value();
  const torch::NoGradGuard no_grad;
  for (auto& parameter : backbone->parameters()) {
    if (parameter.dim() == 1) {
      parameter.uniform_(0.5, 1.5);
    }
  }
  testing::calibrate(*backbone, torch::randn({8, 3, 64, 64}));
  return backbone;
}

tensor::NamedTensors copied_state(const torch::nn::Module& module) {
  auto copies = tensor::state_dict(module);
  for (auto& each : copies) {
    each.value = each.value.detach().clone();
  }
  return copies;
}

bool is_of_a_norm(const tensor::NamedTensor& each) {
  return each.name.ends_with("running_mean");
}

}  // namespace

TEST(NormPairs, AreFoldedAndExpandedAgainInEveryBackbone) {
  const torch::NoGradGuard no_grad;
  for (auto options : testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    options.all_projections = true;
    const auto backbone = used_backbone(options);
    const auto pairs = norm_pairs_of(*backbone);
    auto weights = copied_state(*backbone);
    EXPECT_EQ(std::ranges::count_if(weights, is_of_a_norm), std::ssize(pairs));

    EXPECT_EQ(fold_norms(weights, pairs), pairs.size());
    EXPECT_TRUE(std::ranges::none_of(weights, is_of_a_norm));
    EXPECT_EQ(expand_folded_norms(weights, pairs), pairs.size());

    const auto again = backbones::make_backbone(options).value();
    const auto report = tensor::load_state_dict(*again, weights);
    EXPECT_TRUE(report.complete()) << report.require_complete().error().message;
    again->eval();
    const auto pictures = torch::randn({2, 3, 64, 64});
    const auto expected = backbone->forward(pictures);
    const auto difference = again->forward(pictures) - expected;
    EXPECT_LT(difference.abs().max().item<float>(), 1e-3F * expected.abs().max().item<float>());
  }
}

TEST(NormPairs, LeaveWeightsWithNormsAlone) {
  backbones::BackboneOptions options;
  options.n_layers = 10;
  options.width = 0.125;
  const auto backbone = used_backbone(options);
  auto weights = copied_state(*backbone);

  EXPECT_EQ(expand_folded_norms(weights, norm_pairs_of(*backbone)), 0U);

  EXPECT_TRUE(tensor::compare_state_dict(*backbone, weights).complete());
}

}  // namespace athanor::pretrained
