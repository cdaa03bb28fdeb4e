#include "athanor/store/store.hpp"

#include <utility>

#include "athanor/store/database.hpp"
#include "athanor/store/dataset_table.hpp"
#include "athanor/store/job_table.hpp"
#include "athanor/store/model_table.hpp"
#include "athanor/store/removed_folder_table.hpp"
#include "athanor/store/reply_table.hpp"
#include "athanor/store/spec_table.hpp"
#include "athanor/store/user_table.hpp"

namespace athanor::store {

namespace {

class SqlStore final : public Store {
 public:
  explicit SqlStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Status atomically(const std::function<Status()>& work) override {
    return database_->atomically(work);
  }

  DatasetRepository& datasets() override { return datasets_; }

  ModelRepository& models() override { return models_; }

  SpecRepository& specs() override { return specs_; }

  JobRepository& jobs() override { return jobs_; }

  RemovedFolderRepository& removed_folders() override { return removed_folders_; }

  ReplyRepository& replies() override { return replies_; }

  UserRepository& users() override { return users_; }

  Status check_writable() override {
    return database_->write([](Connection& connection) -> Status {
      connection.execute("UPDATE schema_migrations SET name = name WHERE version = 1");
      return {};
    });
  }

 private:
  std::unique_ptr<Database> database_;
  DatasetTable datasets_{*database_};
  ModelTable models_{*database_};
  SpecTable specs_{*database_};
  JobTable jobs_{*database_};
  RemovedFolderTable removed_folders_{*database_};
  ReplyTable replies_{*database_};
  UserTable users_{*database_};
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& url, CallTimer timer) {
  ATHANOR_TRY(std::unique_ptr<Database> database, Database::open(url));
  database->set_timer(std::move(timer));
  return std::make_unique<SqlStore>(std::move(database));
}

}  // namespace athanor::store
