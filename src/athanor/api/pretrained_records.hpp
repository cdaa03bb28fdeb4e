#pragma once

#include <filesystem>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/store/store.hpp"

namespace athanor::api {

/// The records of the pretrained models that administrators added, by network and name. One whose
/// weights are lost is in no list, since nothing can start from it, but can still be removed.
struct PretrainedRecords {
  std::vector<store::ModelRecord> whole;
  std::vector<store::ModelRecord> lost;
};

/// Looks for the weights of each of them, which are few, and of no other model.
[[nodiscard]] Result<PretrainedRecords> pretrained_records(
    store::Store& store, const std::filesystem::path& data_folder);

}  // namespace athanor::api
