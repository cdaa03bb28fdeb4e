#include "athanor/api/pretrained_records.hpp"

#include <utility>

#include "athanor/jobs/pretrained_weights.hpp"

namespace athanor::api {

Result<PretrainedRecords> pretrained_records(store::Store& store,
                                             const std::filesystem::path& data_folder) {
  ATHANOR_TRY(auto models, store.models().pretrained());
  PretrainedRecords records;
  for (auto& model : models) {
    auto& group = jobs::has_weights(data_folder, model.id) ? records.whole : records.lost;
    group.push_back(std::move(model));
  }
  return records;
}

}  // namespace athanor::api
