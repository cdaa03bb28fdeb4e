#include "athanor/store/migrations.hpp"

#include <thread>

#include "store_fixture.hpp"
#include <gmock/gmock.h>

namespace athanor::store {
namespace {

using ::testing::HasSubstr;

class MigrationsTest : public StoreTest {
 protected:
  std::int64_t applied() { return connect()->scalar("SELECT COUNT(*) FROM schema_migrations"); }

  void mark_applied(long long version) {
    connect()->execute("INSERT INTO schema_migrations VALUES (:version, :name, :applied_on)",
                       {version, std::string("from_the_future"), std::string("2030-01-01")});
  }
};

TEST(Migrations, CountFromOneWithoutGaps) {
  int expected = 0;
  for (const auto& migration : migrations()) {
    EXPECT_EQ(migration.version, ++expected);
    EXPECT_TRUE(migration.sql.ends_with(";\n")) << migration.name;
  }
  EXPECT_GE(expected, 1);
}

TEST_P(MigrationsTest, AnEmptyDatabaseGetsAllOfThem) {
  EXPECT_EQ(applied(), static_cast<std::int64_t>(migrations().size()));
}

TEST_P(MigrationsTest, ReopeningAppliesNothingAndKeepsRows) {
  const auto record = sample_dataset(Uuid::random());
  EXPECT_OK(store().datasets().insert(record));
  reopen();
  EXPECT_EQ(applied(), static_cast<std::int64_t>(migrations().size()));
  EXPECT_OK(store().datasets().get(record.user_id, record.id));
}

TEST_P(MigrationsTest, ANewerDatabaseIsRefusedAndLeftAlone) {
  mark_applied(9999);
  const auto refused = open_store(url());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("9999"));
  EXPECT_EQ(applied(), static_cast<std::int64_t>(migrations().size()) + 1);
}

TEST_P(MigrationsTest, AFailedMigrationLeavesNothing) {
  connect()->execute("DROP TABLE specs");
  connect()->execute("DROP TABLE model_datasets");
  connect()->execute("DELETE FROM schema_migrations");
  // The first table of the first migration still exists.
  EXPECT_EQ(code_of(open_store(url())), ErrorCode::io);
  EXPECT_EQ(applied(), 0);
}

TEST_P(MigrationsTest, SeveralProcessesMayOpenAnEmptyDatabaseAtOnce) {
  TestDatabase fresh(GetParam());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_OK(open_store(fresh.url())); });
  }
  for (auto& thread : threads) {
    thread.join();
  }
}

ON_BOTH_DATABASES(MigrationsTest);

}  // namespace
}  // namespace athanor::store
