#include "store_fixture.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

namespace athanor::store {

TestDatabase::TestDatabase(Backend backend) {
  if (backend == Backend::sqlite) {
    folder_ = std::make_unique<athanor::testing::TempDir>();
    url_ = fmt::format("sqlite://{}/a folder/athanor.db", folder_->path().string());
    return;
  }
  std::ifstream state(ATHANOR_POSTGRESQL_STATE);
  std::string folder;
  if (!(state >> folder)) {
    missing_ = "ctest starts the PostgreSQL that this needs, where postgresql-15 is installed";
    return;
  }
  server_url_ = fmt::format("postgresql:///postgres?host={}&user=athanor", folder);
  create_schema();
}

TestDatabase::~TestDatabase() {
  if (!schema_.empty()) {
    Connection(Location{Backend::postgresql, Secret(server_url_)})
        .execute(fmt::format("DROP SCHEMA {} CASCADE", schema_));
  }
}

void TestDatabase::create_schema() {
  auto name = "test_" + Uuid::random().to_string();
  std::replace(name.begin(), name.end(), '-', '_');
  Connection(Location{Backend::postgresql, Secret(server_url_)}).execute("CREATE SCHEMA " + name);
  schema_ = name;
  url_ = fmt::format("{0}&application_name={1}&options=-csearch_path%3D{1}", server_url_, schema_);
}

void StoreTest::SetUp() {
  database_ = std::make_unique<TestDatabase>(GetParam());
  if (database_->missing()) {
    GTEST_SKIP() << *database_->missing();
  }
  reopen();
}

std::unique_ptr<Connection> StoreTest::connect() {
  return std::make_unique<Connection>(parse_location(url()).value());
}

void StoreTest::reopen() {
  close();
  auto opened = open_store(url());
  ASSERT_TRUE(opened) << opened.error().message;
  store_ = std::move(*opened);
}

DatasetRecord sample_dataset(Uuid user) {
  return {.id = Uuid::random(),
          .user_id = user,
          .created_on = "2023-05-01T12:00:00.000001",
          .last_modified = "2023-05-01T12:00:00.000002",
          .name = "Clothes",
          .description = "Six classes",
          .version = "1.0.0",
          .logo = "https://example.com/logo.png",
          .type = "image_classification",
          .format = "default",
          .data_folder = ""};
}

ModelRecord sample_model(Uuid user) {
  ModelRecord record;
  record.id = Uuid::random();
  record.user_id = user;
  record.created_on = "2023-05-01T12:00:00.000001";
  record.last_modified = "2023-05-01T12:00:00.000002";
  record.name = "Tailor";
  record.description = "Tells clothes apart";
  record.version = "1.0.0";
  record.logo = "https://example.com/logo.png";
  record.encryption_key = "tlt_encode";
  record.network_arch = "classification";
  return record;
}

JobRecord sample_job(Uuid user, OwnerKind kind, Uuid owner) {
  JobRecord record;
  record.id = Uuid::random();
  record.user_id = user;
  record.owner_kind = kind;
  record.owner_id = owner;
  record.created_on = "2023-05-01T12:00:00.000001";
  record.last_modified = "2023-05-01T12:00:00.000001";
  record.action = "train";
  return record;
}

void PrintTo(Backend backend, std::ostream* out) {
  *out << (backend == Backend::sqlite ? "sqlite" : "postgresql");
}

std::string backend_name(const ::testing::TestParamInfo<Backend>& info) {
  return ::testing::PrintToString(info.param);
}

}  // namespace athanor::store
