#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace athanor::engine {

/// Counts of (true class, predicted class). Takes memory for the pairs that there are alone: with
/// the 21,841 classes of ImageNet-21k all pairs would take 3.8 GB.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t classes);

  void add(std::size_t truth, std::size_t predicted);

  [[nodiscard]] std::int64_t count(std::size_t truth, std::size_t predicted) const;

  [[nodiscard]] std::size_t classes() const { return samples_.size(); }

  [[nodiscard]] std::int64_t total() const;

  /// Of one true class.
  [[nodiscard]] std::int64_t samples(std::size_t truth) const { return samples_.at(truth); }

  /// The classes that were most often taken for others or others for them, in rising order; all
  /// where there are no more than `most`.
  [[nodiscard]] std::vector<std::size_t> most_confused(std::size_t most) const;

  /// Share of right answers; 0 without samples, and so are the following where nothing divides.
  [[nodiscard]] double accuracy() const;
  /// Of what was predicted to be this class, the share that is.
  [[nodiscard]] double precision(std::size_t index) const;
  /// Of what is this class, the share that was found.
  [[nodiscard]] double recall(std::size_t index) const;
  /// Harmonic mean of the two.
  [[nodiscard]] double f1(std::size_t index) const;

 private:
  /// Of samples that are of this class or were taken for it, but not both.
  [[nodiscard]] std::int64_t mistakes(std::size_t index) const;

  std::map<std::pair<std::size_t, std::size_t>, std::int64_t> counts_;
  std::vector<std::int64_t> samples_;    ///< By true class.
  std::vector<std::int64_t> predicted_;  ///< By predicted class.
};

}  // namespace athanor::engine
