#include "athanor/networks/classification/postprocess.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/core/csv.hpp"
#include "athanor/data/annotation.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/progress.hpp"

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
  const auto images = data::list_images(root);
  if (!images) {
    throw std::invalid_argument(images.error().message);
  }
  const torch::NoGradGuard no_grad;
  engine::Progress progress(job, "Inference", static_cast<std::int64_t>(images->size()));
  ResultTables tables(job.artifacts);
  const auto use = [&](std::size_t first, const torch::Tensor& pixels) {
    const auto predictions = predict(predictor, pixels, options.top_k);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const auto& path = (*images)[first + i];
      const auto& best = predictions[i].front();
      tables.add(path.lexically_relative(root).string(), predictions[i]);
      const auto text = fmt::format("{} {:.2f}", best.label, best.confidence);
      const auto status =
          data::write_annotated(path, root, job.artifacts / "images_annotated", text);
      if (!status) {
        throw std::runtime_error(status.error().message);
      }
      progress.advance(1);
    }
  };
  data::for_each_batch(*images, predictor.preprocessing, options.reading, use);
  tables.finish();
  return {.message = fmt::format("Classified {} pictures", images->size()),
          .stats = {{"pictures", std::to_string(images->size())}}};
}

}  // namespace athanor::networks::classification
