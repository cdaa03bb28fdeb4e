#include "athanor/networks/classification/evaluation.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/networks/classification/csv.hpp"

namespace athanor::networks::classification {

namespace {

/// A job's status holds one metric a class; beyond this many the files alone have the matrix.
constexpr std::size_t most_classes_in_status = 50;

std::vector<std::filesystem::path> paths_of(const data::ImageFolder& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& image : folder.images) {
    paths.push_back(image.path);
  }
  return paths;
}

torch::Tensor labels_from(const data::ImageFolder& folder, std::size_t first, std::int64_t count) {
  auto labels = torch::empty({count}, torch::kInt64);
  auto* values = labels.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    values[i] = folder.images[first + i].label;
  }
  return labels;
}

void count_predictions(engine::ConfusionMatrix& confusion,
                       const torch::Tensor& labels,
                       const torch::Tensor& predicted) {
  const auto* truths = labels.data_ptr<std::int64_t>();
  const auto* guesses = predicted.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    confusion.add(static_cast<std::size_t>(truths[i]), static_cast<std::size_t>(guesses[i]));
  }
}

void write_or_throw(const std::filesystem::path& path, const std::string& content) {
  if (const auto status = write_file_atomic(path, content); !status) {
    throw std::runtime_error(status.error().message);
  }
}

std::string per_class_csv(const Evaluation& evaluation, const std::vector<std::string>& classes) {
  std::string text = "class,precision,recall,f1,pictures\n";
  for (std::size_t i = 0; i < classes.size(); ++i) {
    std::int64_t pictures = 0;
    for (std::size_t predicted = 0; predicted < classes.size(); ++predicted) {
      pictures += evaluation.confusion.count(i, predicted);
    }
    text += fmt::format("{},{:.6f},{:.6f},{:.6f},{}\n",
                        csv_field(classes[i]),
                        evaluation.confusion.precision(i),
                        evaluation.confusion.recall(i),
                        evaluation.confusion.f1(i),
                        pictures);
  }
  return text;
}

/// A row for each true class, a column for each predicted one.
std::string confusion_csv(const Evaluation& evaluation, const std::vector<std::string>& classes) {
  std::string text = "true class";
  for (const auto& name : classes) {
    text += "," + csv_field(name);
  }
  text += "\n";
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    text += csv_field(classes[truth]);
    for (std::size_t predicted = 0; predicted < classes.size(); ++predicted) {
      text += fmt::format(",{}", evaluation.confusion.count(truth, predicted));
    }
    text += "\n";
  }
  return text;
}

Json per_class(const std::vector<std::string>& classes,
               const std::function<double(std::size_t)>& value) {
  Json result = Json::object();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    result[classes[i]] = value(i);
  }
  return result;
}

}  // namespace

Evaluation evaluate_images(const Model& model,
                           const data::ImageFolder& folder,
                           const EvaluationOptions& options,
                           const std::function<void(std::int64_t)>& advance) {
  const torch::NoGradGuard no_grad;
  model.backbone->eval();
  Evaluation result{engine::ConfusionMatrix(model.classes.size())};
  const auto top_k = std::min(options.top_k, static_cast<std::int64_t>(model.classes.size()));
  double in_top_k = 0;
  const auto use = [&](std::size_t first, const torch::Tensor& pixels) {
    const auto logits = model.backbone->forward(pixels);
    const auto labels = labels_from(folder, first, pixels.size(0));
    result.loss +=
        torch::nn::functional::cross_entropy(
            logits, labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
            .item<double>();
    const auto likeliest = std::get<1>(logits.topk(top_k, 1));
    in_top_k += likeliest.eq(labels.unsqueeze(1)).any(1).sum().item<double>();
    count_predictions(result.confusion, labels, logits.argmax(1));
    advance(pixels.size(0));
  };
  for_each_batch(paths_of(folder), model.preprocessing, options, use);
  const auto total = static_cast<double>(folder.images.size());
  result.loss /= total;
  result.top_k_accuracy = in_top_k / total;
  return result;
}

void write_evaluation(const Evaluation& evaluation,
                      const std::vector<std::string>& classes,
                      const EvaluationOptions& options,
                      const std::filesystem::path& artifacts) {
  const Json results = {{"accuracy", evaluation.confusion.accuracy()},
                        {"top_k", options.top_k},
                        {"top_k_accuracy", evaluation.top_k_accuracy},
                        {"loss", evaluation.loss},
                        {"pictures", evaluation.confusion.total()}};
  write_or_throw(artifacts / "results.json", to_pretty_text(results) + "\n");
  write_or_throw(artifacts / "per_class.csv", per_class_csv(evaluation, classes));
  write_or_throw(artifacts / "confusion_matrix.csv", confusion_csv(evaluation, classes));
}

engine::Report report_of(const Evaluation& evaluation, const std::vector<std::string>& classes) {
  const auto& confusion = evaluation.confusion;
  engine::Report report;
  report.message = fmt::format("Evaluated {} pictures: accuracy {:.4f}, top-k accuracy {:.4f}",
                               confusion.total(),
                               confusion.accuracy(),
                               evaluation.top_k_accuracy);
  report.kpi = {{"accuracy", confusion.accuracy()},
                {"top_k_accuracy", evaluation.top_k_accuracy},
                {"loss", evaluation.loss}};
  report.categorical["precision"] =
      per_class(classes, [&](std::size_t i) { return confusion.precision(i); });
  report.categorical["recall"] =
      per_class(classes, [&](std::size_t i) { return confusion.recall(i); });
  report.categorical["f1"] = per_class(classes, [&](std::size_t i) { return confusion.f1(i); });
  if (classes.size() <= most_classes_in_status) {
    for (std::size_t truth = 0; truth < classes.size(); ++truth) {
      report.categorical["confusion_matrix " + classes[truth]] =
          per_class(classes, [&](std::size_t predicted) {
            return static_cast<double>(confusion.count(truth, predicted));
          });
    }
  }
  report.stats["pictures"] = std::to_string(confusion.total());
  return report;
}

}  // namespace athanor::networks::classification
