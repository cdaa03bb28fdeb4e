#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "athanor/engine/class_tally.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/networks/multitask_classification/data.hpp"
#include "athanor/networks/multitask_classification/predictor.hpp"

namespace athanor::networks::multitask_classification {

/// Runs a classifier over the pictures: a tally for each task. `advance` hears how many more are
/// done and may throw.
[[nodiscard]] std::vector<engine::ClassTally> evaluate_pictures(
    const Predictor& predictor,
    const LabelledPictures& labelled,
    const data::ReadingOptions& reading,
    const std::function<void(std::int64_t)>& advance);

/// Over the tasks that have labels; 0 where none has.
[[nodiscard]] double mean_accuracy(const std::vector<engine::ClassTally>& tallies);

/// The task's name for files and folders, unlike that of any other: its own, where every letter of
/// it is harmless, else "task.0" by its place.
[[nodiscard]] std::string file_name_of(const Task& task, std::size_t index);

/// The KPI of a task, unlike that of any other: its name, or "<name> accuracy" where a figure of
/// another meaning or the KPI of another task may be called so.
[[nodiscard]] std::string kpi_name(const Task& task);

/// Writes results.json and, in a folder for each task, what engine::write_tally() writes. The KPI
/// are one accuracy for each task and their mean as `mean accuracy` and `accuracy`.
[[nodiscard]] engine::Report report_evaluation(const engine::Job& job,
                                               const std::vector<engine::ClassTally>& tallies,
                                               const LabelledPictures& labelled);

/// The same for the action confmat, which writes confmat.json: for each task its accuracy, the
/// engine::classes_in_matrix() and a table with a row for each of them as predicted and a column
/// for each as the true one.
[[nodiscard]] engine::Report report_confusion(const engine::Job& job,
                                              const std::vector<engine::ClassTally>& tallies,
                                              const LabelledPictures& labelled);

}  // namespace athanor::networks::multitask_classification
