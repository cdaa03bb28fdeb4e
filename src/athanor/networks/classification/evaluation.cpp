#include "athanor/networks/classification/evaluation.hpp"

#include <fmt/format.h>

#include "athanor/core/json_file.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/networks/classification/data.hpp"

namespace athanor::networks::classification {

namespace {

torch::Tensor labels_from(const data::ImageFolder& folder, std::size_t first, std::int64_t count) {
  auto labels = torch::empty({count}, torch::kInt64);
  auto* values = labels.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    values[i] = folder.images[first + i].label;
  }
  return labels;
}

}  // namespace

engine::ClassTally evaluate_images(const Predictor& predictor,
                                   const data::ImageFolder& folder,
                                   const EvaluationOptions& options,
                                   const std::function<void(std::int64_t)>& advance) {
  const torch::NoGradGuard no_grad;
  engine::ClassTally tally(predictor.classes, options.top_k);
  const auto use = [&](std::size_t first, const torch::Tensor& pixels) {
    tally.add(predictor.logits(pixels), labels_from(folder, first, pixels.size(0)), first);
    advance(pixels.size(0));
  };
  data::for_each_batch(paths_of(folder), predictor.preprocessing, options.reading, use);
  return tally;
}

engine::Report report_evaluation(const engine::Job& job,
                                 const engine::ClassTally& tally,
                                 const data::ImageFolder& folder,
                                 const EvaluationOptions& options) {
  engine::write_tally(job, tally, paths_of(folder), job.artifacts);
  const auto pictures = tally.confusion().total();
  const Json results = {{"accuracy", tally.accuracy()},
                        {"top_k", options.top_k},
                        {"top_k_accuracy", tally.top_k_accuracy()},
                        {"loss", tally.loss()},
                        {"pictures", pictures}};
  throw_if_failed(write_json_file(job.artifacts / "results.json", results));
  engine::Report report;
  report.message = fmt::format("Evaluated {} pictures: accuracy {:.4f}, top-k accuracy {:.4f}",
                               pictures,
                               tally.accuracy(),
                               tally.top_k_accuracy());
  report.kpi = {{"accuracy", tally.accuracy()},
                {"top_k_accuracy", tally.top_k_accuracy()},
                {"loss", tally.loss()}};
  report.categorical = engine::categorical_metrics(tally);
  report.stats["pictures"] = std::to_string(pictures);
  return report;
}

}  // namespace athanor::networks::classification
