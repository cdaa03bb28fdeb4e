#include "athanor/networks/multitask_classification/evaluation.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "athanor/core/json_file.hpp"
#include "athanor/core/value_or_throw.hpp"

namespace athanor::networks::multitask_classification {

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
Json confusion_of(const engine::ClassTally& tally) {
  const auto shown = engine::classes_in_matrix(tally);
  Json names = Json::array();
  Json rows = Json::array();
  for (const auto predicted : shown) {
    Json row = Json::array();
    for (const auto truth : shown) {
      row.push_back(tally.confusion().count(truth, predicted));
    }
    rows.push_back(std::move(row));
    names.push_back(tally.classes()[predicted]);
  }
  return {
      {"classes", std::move(names)}, {"accuracy", tally.accuracy()}, {"matrix", std::move(rows)}};
}

/// What evaluate and confmat have in common.
engine::Report report_tallies(const engine::Job& job,
                              const std::vector<engine::ClassTally>& tallies,
                              const LabelledPictures& labelled) {
  engine::Report report;
  report.message = fmt::format("Evaluated {} pictures: mean accuracy {:.4f}",
                               labelled.pictures.size(),
                               mean_accuracy(tallies));
  report.kpi = {{"accuracy", mean_accuracy(tallies)}, {"mean accuracy", mean_accuracy(tallies)}};
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const auto& task = labelled.tasks[i];
    engine::write_tally(job, tallies[i], labelled.pictures, job.artifacts / file_name_of(task, i));
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

engine::Report report_evaluation(const engine::Job& job,
                                 const std::vector<engine::ClassTally>& tallies,
                                 const LabelledPictures& labelled) {
  throw_if_failed(
      write_json_file(job.artifacts / "results.json", results_of(tallies, labelled.tasks)));
  return report_tallies(job, tallies, labelled);
}

engine::Report report_confusion(const engine::Job& job,
                                const std::vector<engine::ClassTally>& tallies,
                                const LabelledPictures& labelled) {
  Json tables = Json::object();
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    tables[labelled.tasks[i].name] = confusion_of(tallies[i]);
  }
  throw_if_failed(write_json_file(job.artifacts / "confmat.json", tables));
  return report_tallies(job, tallies, labelled);
}

}  // namespace athanor::networks::multitask_classification
