#pragma once

#include "athanor/store/database.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

class RemovedFolderTable final : public RemovedFolderRepository {
 public:
  explicit RemovedFolderTable(Database& database) : database_(database) {}

  Result<std::vector<std::string>> list() override;
  Status forget(const std::string& path) override;

 private:
  Database& database_;
};

/// Notes a folder in the transaction that takes its record away.
void note_removed_folder(Connection& connection, const std::string& path);

/// Notes the folders of all jobs of an owner.
void note_removed_job_folders(Connection& connection, Uuid owner);

}  // namespace athanor::store
