#include "athanor/jobs/pretrained_weights.hpp"

#include <algorithm>
#include <span>
#include <system_error>

#include <fmt/format.h>

#include "athanor/catalog/chaining.hpp"
#include "athanor/core/data_folder.hpp"

namespace athanor::jobs {

namespace {

std::filesystem::path weights_path(const std::filesystem::path& data_folder, Uuid model) {
  return data_folder / pretrained_folder(model) / pretrained_weights_file;
}

}  // namespace

bool has_weights(const std::filesystem::path& data_folder, Uuid model) {
  std::error_code unknown;
  return std::filesystem::exists(weights_path(data_folder, model), unknown);
}

Result<std::optional<store::JobRecord>> newest_training(store::Store& store, Uuid model) {
  ATHANOR_TRY(const auto jobs, store.jobs().list_of(store::OwnerKind::model, std::span(&model, 1)));
  const auto found = std::ranges::find_if(jobs, [](const store::JobRecord& job) {
    return job.state == store::JobState::done && catalog::is_training(job.action);
  });
  if (found == jobs.end()) {
    return std::optional<store::JobRecord>();
  }
  ATHANOR_TRY(auto job, store.jobs().find(found->id));  // Lists leave the request out.
  return std::optional(std::move(job));
}

Result<contract::PretrainedInput> find_pretrained(store::Store& store,
                                                  const std::filesystem::path& data_folder,
                                                  Uuid user,
                                                  Uuid model) {
  const auto record = store.models().get(user, model, true);
  if (!record) {
    return record.error().code == ErrorCode::not_found
               ? fail(ErrorCode::not_found,
                      fmt::format("ptm: the pretrained model {} no longer exists: choose another",
                                  model.to_string()))
               : fail(record.error());
  }
  if (!record->weights.is_null()) {
    return contract::PretrainedInput{
        model.to_string(), record->name, weights_path(data_folder, model)};
  }
  ATHANOR_TRY(const auto training, newest_training(store, model));
  if (!training) {
    return fail(
        ErrorCode::not_found,
        fmt::format("ptm: the model {} has no weights: train it to its end, choose another, "
                    "or clear it with PATCH {{\"ptm\": null}}",
                    model.to_string()));
  }
  return contract::PretrainedInput{
      model.to_string(),
      record->name,
      data_folder / job_folder(training->id) / contract::artifacts_folder};
}

}  // namespace athanor::jobs
