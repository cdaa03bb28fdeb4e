#pragma once

#include <cstdint>
#include <vector>

namespace athanor::engine {

/// Counts of (true class, predicted class).
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t classes);

  void add(std::size_t truth, std::size_t predicted);

  [[nodiscard]] std::int64_t count(std::size_t truth, std::size_t predicted) const;

  [[nodiscard]] std::size_t classes() const { return classes_; }

  [[nodiscard]] std::int64_t total() const;

  /// Share of right answers; 0 without samples, and so are the following where nothing divides.
  [[nodiscard]] double accuracy() const;
  /// Of what was predicted to be this class, the share that is.
  [[nodiscard]] double precision(std::size_t index) const;
  /// Of what is this class, the share that was found.
  [[nodiscard]] double recall(std::size_t index) const;
  /// Harmonic mean of the two.
  [[nodiscard]] double f1(std::size_t index) const;

 private:
  std::size_t classes_;
  std::vector<std::int64_t> counts_;
};

}  // namespace athanor::engine
