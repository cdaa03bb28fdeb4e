#pragma once

#include "athanor/store/database.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

class ModelTable final : public ModelRepository {
 public:
  explicit ModelTable(Database& database) : database_(database) {}

  Status insert(const ModelRecord& record) override;
  Result<ModelRecord> get(Uuid user, Uuid id, bool include_public) override;
  Result<Page<ModelRecord>> list(Uuid user, const ListQuery& query) override;
  Result<ModelRecord> update(Uuid user,
                             Uuid id,
                             const std::function<Status(ModelRecord&)>& change) override;
  Status check_removable(Uuid user, Uuid id) override;
  Result<ModelRecord> remove(Uuid user, Uuid id) override;
  Status insert_pretrained(const ModelRecord& record) override;
  Result<std::vector<ModelRecord>> pretrained() override;
  Result<ModelRecord> remove_pretrained(Uuid id) override;

 private:
  Database& database_;
};

}  // namespace athanor::store
