#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/engine/confusion_matrix.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// A picture that a model took for something else.
struct Mistake {
  std::size_t picture = 0;  ///< Its place among all that were evaluated.
  std::size_t truth = 0;
  std::size_t predicted = 0;
  double confidence = 0;  ///< Probability of what was predicted.
};

/// How well a model tells the classes of one task, batch by batch.
class ClassTally {
 public:
  /// A label without class, which is left out.
  static constexpr std::int64_t no_label = -1;

  ClassTally(std::vector<std::string> classes, std::int64_t top_k);

  /// Logits [N, classes] and labels [N] of consecutive pictures, the first of which is `first`.
  void add(const torch::Tensor& logits, const torch::Tensor& labels, std::size_t first);

  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }

  [[nodiscard]] const ConfusionMatrix& confusion() const { return confusion_; }

  [[nodiscard]] double accuracy() const { return confusion_.accuracy(); }

  /// Mean cross-entropy; 0 without labels, and so is the next.
  [[nodiscard]] double loss() const;
  /// Share of the pictures whose class is among the k likeliest.
  [[nodiscard]] double top_k_accuracy() const;

  /// Those that the model was surest of, up to 24.
  [[nodiscard]] std::vector<Mistake> worst_mistakes() const;

 private:
  void note(const Mistake& mistake);

  std::vector<std::string> classes_;
  std::int64_t top_k_;
  ConfusionMatrix confusion_;
  double summed_loss_ = 0;
  double in_top_k_ = 0;
  std::vector<Mistake> mistakes_;
};

/// Logits whose softmax are these probabilities [N, classes], for models that end in a softmax.
[[nodiscard]] torch::Tensor logits_of(const torch::Tensor& probabilities);

/// The classes that matrices of this tally show: all, or of more than 1000 those that are confused
/// most. A matrix grows by the square of its classes.
[[nodiscard]] std::vector<std::size_t> classes_in_matrix(const ClassTally& tally);

/// Writes per_class.csv, confusion_matrix.csv and confusion_matrix.png into `folder`; where there
/// were mistakes worst_mistakes.csv and worst_mistakes.png too. `pictures` are all of the job's
/// evaluation data that were evaluated; the CSV has their paths below its root. The log tells where
/// the matrix shows some of the classes alone. Throws std::runtime_error where one cannot be
/// written.
void write_tally(const Job& job,
                 const ClassTally& tally,
                 std::span<const std::filesystem::path> pictures,
                 const std::filesystem::path& folder);

/// Precision, recall and F1 by class; the confusion matrix as one metric "confusion_matrix <true
/// class>" for each class, up to 50 classes. `prefix` begins the names of the metrics.
[[nodiscard]] Json categorical_metrics(const ClassTally& tally, const std::string& prefix = "");

}  // namespace athanor::engine
