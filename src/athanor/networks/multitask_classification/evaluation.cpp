#include "athanor/networks/multitask_classification/evaluation.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "athanor/core/json_file.hpp"
#include "athanor/core/value_or_throw.hpp"

namespace athanor::networks::multitask_classification {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kpi_suffix = " accuracy";

Json results_of(const std::vector<engine::ClassTally>& tallies, const std::vector<Task>& tasks) {
  Json by_task = Json::object();
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    by_task[tasks[i].name] = {{"accuracy", tallies[i].accuracy()},
                              {"loss", tallies[i].loss()},
                              {"pictures", tallies[i].confusion().total()}};
  }
  return {{"mean accuracy", mean_accuracy(tallies)}, {"tasks", std::move(by_task)}};
}

/// A row for each predicted class, a column for each true one.
Json matrix_of(const engine::ConfusionMatrix& confusion) {
  Json rows = Json::array();
  for (std::size_t predicted = 0; predicted < confusion.classes(); ++predicted) {
    Json row = Json::array();
    for (std::size_t truth = 0; truth < confusion.classes(); ++truth) {
      row.push_back(confusion.count(truth, predicted));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// What evaluate and confmat have in common.
engine::Report report_tallies(const std::vector<engine::ClassTally>& tallies,
                              const LabelledPictures& labelled,
                              const fs::path& root,
                              const fs::path& artifacts) {
  engine::Report report;
  report.message = fmt::format("Evaluated {} pictures: mean accuracy {:.4f}",
                               labelled.pictures.size(),
                               mean_accuracy(tallies));
  report.kpi = {{"accuracy", mean_accuracy(tallies)}, {"mean accuracy", mean_accuracy(tallies)}};
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const auto& task = labelled.tasks[i];
    engine::write_tally(tallies[i], labelled.pictures, root, artifacts / file_name_of(task, i));
    report.kpi[kpi_name(task)] = tallies[i].accuracy();
    report.categorical.update(engine::categorical_metrics(tallies[i], task.name + " "));
  }
  report.stats["pictures"] = std::to_string(labelled.pictures.size());
  return report;
}

}  // namespace

std::vector<engine::ClassTally> evaluate_pictures(
    const Predictor& predictor,
    const LabelledPictures& labelled,
    const data::ReadingOptions& reading,
    const std::function<void(std::int64_t)>& advance) {
  const torch::NoGradGuard no_grad;
  std::vector<engine::ClassTally> tallies;
  for (const auto& task : predictor.tasks) {
    tallies.emplace_back(task.classes, 1);
  }
  const auto use = [&](std::size_t first, const torch::Tensor& pixels) {
    const auto logits = predictor.logits(pixels);
    const auto labels = labelled.labels_from(first, pixels.size(0));
    for (std::size_t i = 0; i < tallies.size(); ++i) {
      tallies[i].add(logits[i], labels.select(1, static_cast<std::int64_t>(i)), first);
    }
    advance(pixels.size(0));
  };
  data::for_each_batch(labelled.pictures, predictor.preprocessing, reading, use);
  return tallies;
}

std::string file_name_of(const Task& task, std::size_t index) {
  const bool harmless = std::all_of(task.name.begin(), task.name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  // With a dot, which no name of a task's own has.
  return harmless ? task.name : fmt::format("task.{}", index);
}

double mean_accuracy(const std::vector<engine::ClassTally>& tallies) {
  double sum = 0;
  int labelled = 0;
  for (const auto& tally : tallies) {
    if (tally.confusion().total() > 0) {
      sum += tally.accuracy();
      ++labelled;
    }
  }
  return labelled == 0 ? 0 : sum / labelled;
}

std::string kpi_name(const Task& task) {
  constexpr std::array<std::string_view, 8> taken{"accuracy",
                                                  "learning_rate",
                                                  "loss",
                                                  "mean accuracy",
                                                  "samples",
                                                  "training_accuracy",
                                                  "validation_accuracy",
                                                  "validation_loss"};
  const auto is_taken = [&taken](std::string_view name) {
    return std::find(taken.begin(), taken.end(), name) != taken.end();
  };
  // "loss accuracy" is the KPI of a task "loss", so that a task of that name needs another.
  std::string_view name = task.name;
  while (!is_taken(name) && name.ends_with(kpi_suffix)) {
    name.remove_suffix(kpi_suffix.size());
  }
  return is_taken(name) ? task.name + std::string(kpi_suffix) : task.name;
}

engine::Report report_evaluation(const std::vector<engine::ClassTally>& tallies,
                                 const LabelledPictures& labelled,
                                 const fs::path& root,
                                 const fs::path& artifacts) {
  throw_if_failed(write_json_file(artifacts / "results.json", results_of(tallies, labelled.tasks)));
  return report_tallies(tallies, labelled, root, artifacts);
}

engine::Report report_confusion(const std::vector<engine::ClassTally>& tallies,
                                const LabelledPictures& labelled,
                                const fs::path& root,
                                const fs::path& artifacts) {
  Json tables = Json::object();
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    tables[labelled.tasks[i].name] = {{"classes", labelled.tasks[i].classes},
                                      {"accuracy", tallies[i].accuracy()},
                                      {"matrix", matrix_of(tallies[i].confusion())}};
  }
  throw_if_failed(write_json_file(artifacts / "confmat.json", tables));
  return report_tallies(tallies, labelled, root, artifacts);
}

}  // namespace athanor::networks::multitask_classification
