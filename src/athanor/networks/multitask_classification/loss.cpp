#include "athanor/networks/multitask_classification/loss.hpp"

#include <algorithm>

#include "athanor/engine/class_tally.hpp"

namespace athanor::networks::multitask_classification {

namespace {

constexpr auto no_label = engine::ClassTally::no_label;

}  // namespace

torch::Tensor joint_loss(const std::vector<torch::Tensor>& logits,
                         const torch::Tensor& labels,
                         std::span<const TaskWeight> weights) {
  auto loss = torch::zeros({});
  for (std::size_t task = 0; task < logits.size(); ++task) {
    const auto truths = labels.select(1, static_cast<std::int64_t>(task));
    const auto known = truths.ne(no_label).sum().clamp_min(1);
    const auto summed =
        torch::nn::functional::cross_entropy(logits[task],
                                             truths,
                                             torch::nn::functional::CrossEntropyFuncOptions()
                                                 .weight(weights[task].of_classes)
                                                 .ignore_index(no_label)
                                                 .reduction(torch::kSum));
    loss = loss + weights[task].factor * summed / known;
  }
  return loss;
}

double mean_accuracy(const std::vector<torch::Tensor>& logits, const torch::Tensor& labels) {
  double right = 0;
  for (std::size_t task = 0; task < logits.size(); ++task) {
    const auto truths = labels.select(1, static_cast<std::int64_t>(task));
    right += logits[task].argmax(1).eq(truths).sum().item<double>();
  }
  const auto known = labels.ne(no_label).sum().item<double>();
  return right / std::max(known, 1.0);
}

}  // namespace athanor::networks::multitask_classification
