#include "athanor/store/database.hpp"

#include <array>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "file_size_limit.hpp"
#include "store_fixture.hpp"

namespace athanor::store {
namespace {

class DatabaseTest : public StoreTest {
 protected:
  /// Runs `work` in a process that is killed at its end.
  void in_killed_process(const std::function<void(Store&)>& work) {
    close();
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto opened = open_store(url());
      if (opened) {
        work(**opened);
        std::raise(SIGKILL);
      }
      _exit(1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
    reopen();
  }

  const Uuid user_ = Uuid::random();
};

class SqliteTest : public DatabaseTest {};

class PostgresqlTest : public DatabaseTest {};

TEST_P(DatabaseTest, WhatWasAcknowledgedSurvivesAKill) {
  const auto record = sample_dataset(user_);
  in_killed_process([&](Store& store) { EXPECT_OK(store.datasets().insert(record)); });
  EXPECT_OK(store().datasets().get(user_, record.id));
}

TEST_P(DatabaseTest, AKillHalfWayThroughAnUpdateLeavesTheFormerRow) {
  const auto record = sample_dataset(user_);
  EXPECT_OK(store().datasets().insert(record));
  in_killed_process([&](Store& store) {
    EXPECT_OK(store.datasets().update(user_, record.id, [](DatasetRecord& changed) -> Status {
      changed.name = "half";
      std::raise(SIGKILL);
      return {};
    }));
  });
  EXPECT_EQ(value_of(store().datasets().get(user_, record.id)).name, record.name);
}

TEST_P(DatabaseTest, ReadersDoNotWaitForTheWriter) {
  const auto record = sample_dataset(user_);
  EXPECT_OK(store().datasets().insert(record));
  EXPECT_OK(store().datasets().update(user_, record.id, [&](DatasetRecord& changed) -> Status {
    changed.name = "new";
    // While the transaction is open, another connection sees the former row.
    std::thread reader(
        [&] { EXPECT_EQ(value_of(store().datasets().get(user_, record.id)).name, record.name); });
    reader.join();
    return {};
  }));
  EXPECT_EQ(value_of(store().datasets().get(user_, record.id)).name, "new");
}

TEST_P(DatabaseTest, ManyThreadsReadAndWrite) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        const auto record = sample_dataset(user_);
        EXPECT_OK(store().datasets().insert(record));
        EXPECT_OK(store().datasets().get(user_, record.id));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(value_of(store().datasets().list(user_, {})).total, 60U);
}

TEST_P(DatabaseTest, AnExceptionInABodyEndsTheTransaction) {
  const auto record = sample_dataset(user_);
  EXPECT_OK(store().datasets().insert(record));
  const auto faulty = [](DatasetRecord& changed) -> Status {
    changed.name = "new";
    throw std::logic_error("a bug");
  };
  EXPECT_THROW(static_cast<void>(store().datasets().update(user_, record.id, faulty)),
               std::logic_error);
  EXPECT_EQ(value_of(store().datasets().get(user_, record.id)).name, record.name);
  EXPECT_OK(store().datasets().insert(sample_dataset(user_)));
}

TEST_P(SqliteTest, AFullDiskAtAnyPointLosesNothingAndWritesAllOrNothing) {
  const auto model = sample_model(user_);
  EXPECT_OK(store().models().insert(model));
  std::array<JobRecord, 3> batch;
  for (auto& job : batch) {
    job = sample_job(user_, OwnerKind::model, model.id);
    job.request = Json{{"spec", std::string(9000, 'x')}};
  }
  int failures = 0;
  for (bool done = false; !done; ++failures) {
    ASSERT_LT(failures, 200);
    {
      const FileSizeLimit limit(static_cast<rlim_t>(failures) * 4096);
      done = store().jobs().insert(batch).has_value();
    }
    const auto stored = value_of(store().jobs().in_state(JobState::pending)).size();
    EXPECT_EQ(stored, done ? batch.size() : 0U);
    EXPECT_OK(store().models().get(user_, model.id, false));
  }
  EXPECT_GT(failures, 2);
}

TEST_P(PostgresqlTest, ComesBackAfterTheServerDroppedItsConnections) {
  const auto record = sample_dataset(user_);
  EXPECT_OK(store().datasets().insert(record));
  EXPECT_OK(store().datasets().get(user_, record.id));
  connect()->execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
      "AND application_name = current_schema()");
  EXPECT_EQ(code_of(store().datasets().get(user_, record.id)), ErrorCode::io);
  EXPECT_OK(store().datasets().get(user_, record.id));
  EXPECT_FALSE(store().datasets().remove(user_, record.id));
  EXPECT_OK(store().datasets().remove(user_, record.id));
}

ON_BOTH_DATABASES(DatabaseTest);
INSTANTIATE_TEST_SUITE_P(, SqliteTest, ::testing::Values(Backend::sqlite), backend_name);
INSTANTIATE_TEST_SUITE_P(, PostgresqlTest, ::testing::Values(Backend::postgresql), backend_name);

}  // namespace
}  // namespace athanor::store
