#pragma once

#include <string>

#include "athanor/core/uuid.hpp"

/// Where things lie below the data folder. Paths are relative to it, as the store keeps them.
namespace athanor {

inline constexpr const char* jobs_folder = "jobs";
inline constexpr const char* datasets_folder = "datasets";
inline constexpr const char* pretrained_models_folder = "pretrained";

/// A job's directory (docs/job-directory.md): "jobs/<id>".
[[nodiscard]] inline std::string job_folder(Uuid job) {
  return std::string(jobs_folder) + "/" + job.to_string();
}

/// All that belongs to a dataset: "datasets/<id>".
[[nodiscard]] inline std::string dataset_folder(Uuid dataset) {
  return std::string(datasets_folder) + "/" + dataset.to_string();
}

/// What is told of a dataset's data lies beside their folder, under its name with one of these: the
/// report, and what the inspection found.
inline constexpr const char* report_suffix = ".report.json";
inline constexpr const char* inspection_suffix = ".inspection.json";

/// The weights of a pretrained model: "pretrained/<id>".
[[nodiscard]] inline std::string pretrained_folder(Uuid model) {
  return std::string(pretrained_models_folder) + "/" + model.to_string();
}

}  // namespace athanor
