#pragma once

#include <filesystem>
#include <optional>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/error.hpp"
#include "athanor/store/store.hpp"

/// Where the weights of a pretrained model are: those that an administrator added lie in a folder
/// of their own, "pretrained/<model id>", those of a model trained here in its job.
namespace athanor::jobs {

inline constexpr const char* pretrained_weights_file = "weights.safetensors";

/// Whether weights that an administrator added are still there: their folder may have been removed
/// by hand, or be missing where a database was put back without it.
[[nodiscard]] bool has_weights(const std::filesystem::path& data_folder, Uuid model);

/// The newest finished training of a model, whoever's it is.
[[nodiscard]] Result<std::optional<store::JobRecord>> newest_training(store::Store& store,
                                                                      Uuid model);

/// What a training that starts from the model is given. not_found where it has no weights or is
/// gone, with the mend. `data_folder` is absolute.
[[nodiscard]] Result<contract::PretrainedInput> find_pretrained(
    store::Store& store, const std::filesystem::path& data_folder, Uuid user, Uuid model);

}  // namespace athanor::jobs
