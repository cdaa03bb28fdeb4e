#pragma once

#include "athanor/store/database.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

class DatasetTable final : public DatasetRepository {
 public:
  explicit DatasetTable(Database& database) : database_(database) {}

  Status insert(const DatasetRecord& record) override;
  Result<DatasetRecord> get(Uuid user, Uuid id) override;
  Result<Page<DatasetRecord>> list(Uuid user, const ListQuery& query) override;
  Result<DatasetRecord> update(Uuid user,
                               Uuid id,
                               const std::function<Status(DatasetRecord&)>& change) override;
  Result<std::vector<std::string>> data_folders() override;
  Status check_removable(Uuid user, Uuid id) override;
  Result<DatasetRecord> remove(Uuid user, Uuid id) override;

 private:
  Database& database_;
};

}  // namespace athanor::store
