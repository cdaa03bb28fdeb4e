#include <thread>

#include "store_fixture.hpp"

#include "athanor/core/clock.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::store {
namespace {

class ReplyTableTest : public StoreTest {
 protected:
  KeptReply reply(const std::string& key) {
    return {.user_id = user_,
            .key = key,
            .fingerprint = "f",
            .status = 201,
            .etag = "\"t\"",
            .body = "{}"};
  }

  /// As if every kept reply had been given at that time.
  void date_back(std::chrono::hours age) {
    connect()->execute("UPDATE replies SET created_on = :time",
                       {to_iso(std::chrono::system_clock::now() - age)});
  }

  Uuid user_ = Uuid::random();
};

TEST_P(ReplyTableTest, KeepsAReplyAcrossARestart) {
  EXPECT_OK(store().replies().keep(reply("k")));
  reopen();

  const auto found = value_of(store().replies().find(user_, "k"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, 201);
  EXPECT_EQ(found->etag, "\"t\"");
  EXPECT_EQ(found->body, "{}");
  EXPECT_EQ(found->fingerprint, "f");
}

TEST_P(ReplyTableTest, FindsNothingForAnotherKeyOrUser) {
  EXPECT_OK(store().replies().keep(reply("k")));

  EXPECT_FALSE(value_of(store().replies().find(user_, "K")));
  EXPECT_FALSE(value_of(store().replies().find(Uuid::random(), "k")));
}

TEST_P(ReplyTableTest, ForgetsAReplyAfterADay) {
  EXPECT_OK(store().replies().keep(reply("k")));
  date_back(limits::idempotency_age - std::chrono::hours(1));
  EXPECT_TRUE(value_of(store().replies().find(user_, "k")));

  date_back(limits::idempotency_age + std::chrono::hours(1));
  EXPECT_FALSE(value_of(store().replies().find(user_, "k")));
  EXPECT_OK(store().replies().keep(reply("k")));
  EXPECT_TRUE(value_of(store().replies().find(user_, "k")));
}

TEST_P(ReplyTableTest, ClearsOutdatedRepliesWhenItKeepsAnother) {
  EXPECT_OK(store().replies().keep(reply("old")));
  date_back(limits::idempotency_age + std::chrono::hours(1));
  EXPECT_OK(store().replies().keep(reply("new")));

  EXPECT_EQ(connect()->scalar("SELECT COUNT(*) FROM replies"), 1);
}

TEST_P(ReplyTableTest, KeepsOneReplyForAKey) {
  EXPECT_OK(store().replies().keep(reply("k")));

  EXPECT_FALSE(store().replies().keep(reply("k")));
}

ON_BOTH_DATABASES(ReplyTableTest);

class AtomicallyTest : public StoreTest {
 protected:
  bool exists(const DatasetRecord& record) {
    return store().datasets().get(record.user_id, record.id).has_value();
  }

  DatasetRecord first_ = sample_dataset(Uuid::random());
  DatasetRecord second_ = sample_dataset(Uuid::random());
};

TEST_P(AtomicallyTest, MakesOneTransactionOfSeveralChanges) {
  EXPECT_OK(store().atomically([&]() -> Status {
    ATHANOR_CHECK_OK(store().datasets().insert(first_));
    return store().datasets().insert(second_);
  }));
  reopen();

  EXPECT_TRUE(exists(first_));
  EXPECT_TRUE(exists(second_));
}

TEST_P(AtomicallyTest, UndoesAllOfThemOnAnError) {
  const auto status = store().atomically([&]() -> Status {
    ATHANOR_CHECK_OK(store().datasets().insert(first_));
    return fail(ErrorCode::outdated, "no");
  });

  EXPECT_EQ(code_of(status), ErrorCode::outdated);
  EXPECT_FALSE(exists(first_));
}

TEST_P(AtomicallyTest, UndoesThemWhenOneFails) {
  EXPECT_OK(store().datasets().insert(second_));

  EXPECT_FALSE(store().atomically([&]() -> Status {
    ATHANOR_CHECK_OK(store().datasets().insert(first_));
    return store().datasets().insert(second_);
  }));
  EXPECT_FALSE(exists(first_));
  EXPECT_OK(store().datasets().insert(first_));
}

TEST_P(AtomicallyTest, ReadsWhatItHasWritten) {
  EXPECT_OK(store().atomically([&]() -> Status {
    ATHANOR_CHECK_OK(store().datasets().insert(first_));
    EXPECT_TRUE(exists(first_));
    return {};
  }));
}

TEST_P(AtomicallyTest, HidesItsChangesFromOtherThreadsUntilItEnds) {
  bool seen = true;
  EXPECT_OK(store().atomically([&]() -> Status {
    ATHANOR_CHECK_OK(store().datasets().insert(first_));
    std::thread([&] { seen = exists(first_); }).join();
    return {};
  }));

  EXPECT_FALSE(seen);
  EXPECT_TRUE(exists(first_));
}

ON_BOTH_DATABASES(AtomicallyTest);

}  // namespace
}  // namespace athanor::store
