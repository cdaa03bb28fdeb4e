#include "athanor/engine/confusion_matrix.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace athanor::engine {

namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::size_t classes) : samples_(classes), predicted_(classes) {}

void ConfusionMatrix::add(std::size_t truth, std::size_t predicted) {
  ++samples_.at(truth);
  ++predicted_.at(predicted);
  ++counts_[{truth, predicted}];
}

std::int64_t ConfusionMatrix::count(std::size_t truth, std::size_t predicted) const {
  const auto found = counts_.find({truth, predicted});
  return found == counts_.end() ? 0 : found->second;
}

std::int64_t ConfusionMatrix::total() const {
  return std::accumulate(samples_.begin(), samples_.end(), std::int64_t{0});
}

std::vector<std::size_t> ConfusionMatrix::most_confused(std::size_t most) const {
  std::vector<std::size_t> found(classes());
  std::iota(found.begin(), found.end(), std::size_t{0});
  if (found.size() > most) {
    std::ranges::stable_sort(
        found, std::ranges::greater(), [this](std::size_t index) { return mistakes(index); });
    found.resize(most);
    std::ranges::sort(found);
  }
  return found;
}

std::int64_t ConfusionMatrix::mistakes(std::size_t index) const {
  return samples_[index] + predicted_[index] - 2 * count(index, index);
}

double ConfusionMatrix::accuracy() const {
  std::int64_t right = 0;
  for (std::size_t i = 0; i < classes(); ++i) {
    right += count(i, i);
  }
  return ratio(right, total());
}

double ConfusionMatrix::precision(std::size_t index) const {
  return ratio(count(index, index), predicted_.at(index));
}

double ConfusionMatrix::recall(std::size_t index) const {
  return ratio(count(index, index), samples_.at(index));
}

double ConfusionMatrix::f1(std::size_t index) const {
  const double both = precision(index) + recall(index);
  return both == 0 ? 0.0 : 2 * precision(index) * recall(index) / both;
}

}  // namespace athanor::engine
