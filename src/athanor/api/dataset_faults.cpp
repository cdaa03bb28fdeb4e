#include "athanor/api/dataset_faults.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "athanor/catalog/chaining.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/datasets/report.hpp"
#include "athanor/jobs/job_preparation.hpp"

namespace athanor::api {

namespace {

using contract::DatasetInput;
using jobs::DatasetFacts;

/// The faults that keep a file from being read at all, of the survey and of the inspection.
constexpr std::array<std::string_view, 8> unusable_kinds = {"empty_file",
                                                            "not_a_picture",
                                                            "cut_short",
                                                            "no_size",
                                                            "too_large",
                                                            "undecodable",
                                                            "too_much_memory",
                                                            "breaks_decoder"};

std::string text_in(const Json& object, const char* name) {
  const Json* value = find_path(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

/// "2 empty_file, 1 cut_short" of {"by_kind": {...}}; empty when there are none.
std::string unusable_counts(const Json& faults) {
  std::string text;
  for (const auto kind : unusable_kinds) {
    const Json* value = find_path(faults, fmt::format("by_kind.{}", kind));
    const bool is_count = value != nullptr && value->is_number_unsigned();
    if (const auto count = is_count ? value->get<std::uint64_t>() : 0; count > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, kind);
    }
  }
  return text;
}

/// Takes the first listed fault of such a kind for an example.
void find_example(const Json& faults, DatasetFacts& facts) {
  const Json* listed = find_path(faults, "listed");
  if (listed == nullptr || !listed->is_array()) {
    return;
  }
  const auto found = std::ranges::find_if(*listed, [](const Json& fault) {
    return std::ranges::count(unusable_kinds, text_in(fault, "kind")) > 0;
  });
  if (found != listed->end()) {
    facts.example = text_in(*found, "file") + ": " + text_in(*found, "message");
    facts.mend = text_in(*found, "mend");
  }
}

/// Adds what one half of a report, {"faults": ...}, says.
void add_faults(const Json& half, const char* name, DatasetFacts& facts) {
  const Json* faults = find_path(half, "faults");
  const auto unusable = faults != nullptr ? unusable_counts(*faults) : "";
  if (unusable.empty()) {
    return;
  }
  facts.unusable += fmt::format("{}{}: {}", facts.unusable.empty() ? "" : "; ", name, unusable);
  if (facts.example.empty()) {
    find_example(*faults, facts);
  }
}

std::optional<DatasetFacts> look_at(Services& services,
                                    const DatasetInput& input,
                                    const char* role) {
  const auto folder = input.root.lexically_relative(services.data_folder).string();
  DatasetFacts facts{.role = role, .id = input.id};
  if (const auto report = datasets::read_report(services.data_folder, folder)) {
    add_faults(*report, "report", facts);
  }
  if (const auto inspection = services.inspections.find(folder)) {
    add_faults(*inspection, "inspection", facts);
  }
  return facts.unusable.empty() ? std::nullopt : std::optional(std::move(facts));
}

/// What the worker was given; before its time, what it would be given now.
Result<contract::JobRequest> request_of(Services& services, Uuid id) {
  auto given = contract::read_job_request(jobs::job_directory(services.data_folder, id));
  if (given) {
    return given;
  }
  ATHANOR_TRY(const auto job, services.store.jobs().find(id));
  return jobs::resolve_request(services.store, services.data_folder, job, 1);
}

}  // namespace

std::vector<DatasetFacts> find_dataset_faults(Services& services, const store::JobRecord& job) {
  const auto request = request_of(services, job.id);
  std::vector<DatasetFacts> found;
  if (!request) {
    return found;
  }
  const auto add = [&](const DatasetInput& input, const char* role) {
    if (auto facts = look_at(services, input, role)) {
      found.push_back(std::move(*facts));
    }
  };
  const bool trains = catalog::is_training(job.action);
  if (trains) {
    for (const auto& input : request->train_datasets) {
      add(input, "train_datasets");
    }
  }
  if ((trains || job.action == "evaluate") && request->eval_dataset) {
    add(*request->eval_dataset, "eval_dataset");
  }
  if (job.action == "inference" && request->inference_dataset) {
    add(*request->inference_dataset, "inference_dataset");
  }
  return found;
}

}  // namespace athanor::api
