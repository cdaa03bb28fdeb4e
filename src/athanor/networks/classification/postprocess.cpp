#include "athanor/networks/classification/postprocess.hpp"

#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "athanor/data/annotation.hpp"
#include "athanor/data/image.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/progress.hpp"
#include "athanor/networks/classification/csv.hpp"
#include "athanor/networks/classification/data.hpp"

namespace athanor::networks::classification {

namespace fs = std::filesystem;

namespace {

struct Prediction {
  std::string label;
  double confidence = 0;
};

std::vector<Prediction> predict(const Model& model, const torch::Tensor& pixels) {
  const auto probabilities = model.backbone->forward(pixels).softmax(1);
  const auto [confidence, index] = probabilities.max(1);
  std::vector<Prediction> predictions;
  for (std::int64_t i = 0; i < pixels.size(0); ++i) {
    const auto label = static_cast<std::size_t>(index[i].item<std::int64_t>());
    predictions.push_back({model.classes[label], confidence[i].item<double>()});
  }
  return predictions;
}

/// A picture's place below images_annotated: that below the dataset's images* folder.
fs::path annotated_name(const fs::path& relative) {
  const bool in_images_folder =
      relative.has_parent_path() && relative.begin()->string().starts_with("images");
  return in_images_folder ? relative.lexically_relative(*relative.begin()) : relative;
}

void write_annotated(const fs::path& source, const fs::path& target, const Prediction& prediction) {
  fs::create_directories(target.parent_path());
  const auto image = data::read_image(source, data::Channels::color);
  if (!image) {
    throw std::runtime_error(image.error().message);
  }
  const auto text = fmt::format("{} {:.2f}", prediction.label, prediction.confidence);
  if (const auto status = data::write_image(target, data::annotate(*image, text)); !status) {
    throw std::runtime_error(status.error().message);
  }
}

}  // namespace

engine::Report infer_images(const engine::Job& job,
                            const Model& model,
                            const EvaluationOptions& options,
                            const fs::path& root) {
  const auto images = data::list_images(root);
  if (!images) {
    throw std::invalid_argument(images.error().message);
  }
  const torch::NoGradGuard no_grad;
  engine::Progress progress(job, "Inference", static_cast<std::int64_t>(images->size()));
  std::ofstream csv(job.artifacts / "result.csv");
  const auto use = [&](std::size_t first, const torch::Tensor& pixels) {
    const auto predictions = predict(model, pixels);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const auto& path = (*images)[first + i];
      const auto relative = path.lexically_relative(root);
      csv << fmt::format("{},{},{:.6f}\n",
                         csv_field(relative.string()),
                         csv_field(predictions[i].label),
                         predictions[i].confidence);
      write_annotated(
          path, job.artifacts / "images_annotated" / annotated_name(relative), predictions[i]);
      progress.advance(1);
    }
  };
  for_each_batch(*images, model.preprocessing, options, use);
  if (!csv.flush()) {
    throw std::runtime_error("cannot write result.csv; is the disk full?");
  }
  return {.message = fmt::format("Classified {} pictures", images->size()),
          .stats = {{"pictures", std::to_string(images->size())}}};
}

}  // namespace athanor::networks::classification
