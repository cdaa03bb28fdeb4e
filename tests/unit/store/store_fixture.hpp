#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/store/connection.hpp"
#include "athanor/store/store.hpp"

namespace athanor::store {

/// An empty database of one test's own: a SQLite file, or a schema of the PostgreSQL that ctest
/// starts.
class TestDatabase {
 public:
  explicit TestDatabase(Backend backend);
  ~TestDatabase();

  /// Why there is no such database here, if so.
  [[nodiscard]] const std::optional<std::string>& missing() const { return missing_; }

  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  void create_schema();

  std::unique_ptr<athanor::testing::TempDir> folder_;
  std::string server_url_;
  std::string schema_;
  std::string url_;
  std::optional<std::string> missing_;
};

/// Runs every test on both databases.
class StoreTest : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override;

  [[nodiscard]] const std::string& url() const { return database_->url(); }

  /// Closes all connections.
  void close() { store_.reset(); }

  /// Closes all connections and opens the same database again.
  void reopen();

  /// A connection beside the store's.
  [[nodiscard]] std::unique_ptr<Connection> connect();

  [[nodiscard]] Store& store() { return *store_; }

 private:
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Store> store_;
};

/// The value, or a failed test that shows the error.
template <class T>
T value_of(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return T{};
  }
  return std::move(*result);
}

template <class T>
[[nodiscard]] ErrorCode code_of(const Result<T>& result) {
  return result ? throw std::logic_error("expected an error") : result.error().code;
}

#define EXPECT_OK(expression)                                        \
  if (const auto checked = (expression); !checked) {                 \
    ADD_FAILURE() << #expression << ": " << checked.error().message; \
  }

[[nodiscard]] DatasetRecord sample_dataset(Uuid user);
[[nodiscard]] ModelRecord sample_model(Uuid user);
[[nodiscard]] JobRecord sample_job(Uuid user, OwnerKind kind, Uuid owner);

void PrintTo(Backend backend, std::ostream* out);  // Found by GoogleTest under this name.

[[nodiscard]] std::string backend_name(const ::testing::TestParamInfo<Backend>& info);

#define ON_BOTH_DATABASES(suite) \
  INSTANTIATE_TEST_SUITE_P(      \
      , suite, ::testing::Values(Backend::sqlite, Backend::postgresql), backend_name)

}  // namespace athanor::store
