#include "athanor/networks/classification/postprocess.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "athanor/core/csv.hpp"
#include "athanor/engine/picture_inference.hpp"

namespace athanor::networks::classification {

namespace fs = std::filesystem;

namespace {

struct Prediction {
  std::string label;
  double confidence = 0;
};

/// The k likeliest classes of each picture, the likeliest first.
std::vector<std::vector<Prediction>> predict(const Predictor& predictor,
                                             const torch::Tensor& pixels,
                                             std::int64_t k) {
  const auto probabilities = predictor.logits(pixels).softmax(1);
  const auto [confidences, indices] = probabilities.topk(std::min(k, probabilities.size(1)), 1);
  std::vector<std::vector<Prediction>> predictions;
  for (std::int64_t i = 0; i < pixels.size(0); ++i) {
    auto& ranks = predictions.emplace_back();
    for (std::int64_t rank = 0; rank < indices.size(1); ++rank) {
      const auto label = static_cast<std::size_t>(indices[i][rank].item<std::int64_t>());
      ranks.push_back({predictor.classes[label], confidences[i][rank].item<double>()});
    }
  }
  return predictions;
}

/// The rows of both tables.
class ResultTables {
 public:
  explicit ResultTables(const fs::path& folder)
      : likeliest_(folder / "result.csv"), ranks_(folder / "top_k.csv") {
    ranks_ << "path,rank,label,confidence\n";
  }

  void add(const std::string& path, const std::vector<Prediction>& predictions) {
    const auto field = csv_field(path);
    const auto& best = predictions.front();
    likeliest_ << fmt::format("{},{},{:.6f}\n", field, csv_field(best.label), best.confidence);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      ranks_ << fmt::format("{},{},{},{:.6f}\n",
                            field,
                            i + 1,
                            csv_field(predictions[i].label),
                            predictions[i].confidence);
    }
  }

  void finish() {
    if (!likeliest_.flush() || !ranks_.flush()) {
      throw std::runtime_error("cannot write result.csv and top_k.csv; is the disk full?");
    }
  }

 private:
  std::ofstream likeliest_;
  std::ofstream ranks_;
};

}  // namespace

engine::Report infer_images(const engine::Job& job,
                            const Predictor& predictor,
                            const EvaluationOptions& options,
                            const fs::path& root) {
  ResultTables tables(job.artifacts);
  const auto predict_batch = [&](const torch::Tensor& pixels) {
    return predict(predictor, pixels, options.top_k);
  };
  const auto use = [&](const fs::path& picture, const std::vector<Prediction>& predictions) {
    const auto& best = predictions.front();
    tables.add(picture.lexically_relative(root).string(), predictions);
    engine::annotate_picture(
        job, picture, root, fmt::format("{} {:.2f}", best.label, best.confidence));
  };
  const auto count =
      engine::infer_below(job, root, predictor.preprocessing, options.reading, predict_batch, use);
  tables.finish();
  return {.message = fmt::format("Classified {} pictures", count),
          .stats = {{"pictures", std::to_string(count)}}};
}

}  // namespace athanor::networks::classification
