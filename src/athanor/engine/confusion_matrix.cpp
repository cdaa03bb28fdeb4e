#include "athanor/engine/confusion_matrix.hpp"

#include <numeric>

namespace athanor::engine {

namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::size_t classes)
    : classes_(classes), counts_(classes * classes) {}

void ConfusionMatrix::add(std::size_t truth, std::size_t predicted) {
  ++counts_.at(truth * classes_ + predicted);
}

std::int64_t ConfusionMatrix::count(std::size_t truth, std::size_t predicted) const {
  return counts_.at(truth * classes_ + predicted);
}

std::int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

double ConfusionMatrix::accuracy() const {
  std::int64_t right = 0;
  for (std::size_t i = 0; i < classes_; ++i) {
    right += count(i, i);
  }
  return ratio(right, total());
}

double ConfusionMatrix::precision(std::size_t index) const {
  std::int64_t predicted = 0;
  for (std::size_t truth = 0; truth < classes_; ++truth) {
    predicted += count(truth, index);
  }
  return ratio(count(index, index), predicted);
}

double ConfusionMatrix::recall(std::size_t index) const {
  std::int64_t there = 0;
  for (std::size_t predicted = 0; predicted < classes_; ++predicted) {
    there += count(index, predicted);
  }
  return ratio(count(index, index), there);
}

double ConfusionMatrix::f1(std::size_t index) const {
  const double both = precision(index) + recall(index);
  return both == 0 ? 0.0 : 2 * precision(index) * recall(index) / both;
}

}  // namespace athanor::engine
