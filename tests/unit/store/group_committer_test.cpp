#include "athanor/store/group_committer.hpp"

#include <atomic>
#include <latch>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "faulty_disk.hpp"
#include "file_size_limit.hpp"
#include "store_fixture.hpp"

namespace athanor::store {
namespace {

bool insert(Connection& connection, std::int64_t value) {
  connection.execute("INSERT INTO numbers VALUES (:value)", {static_cast<long long>(value)});
  return true;
}

GroupCommitter::Work inserting(std::int64_t value) {
  return [value](Connection& connection) { return insert(connection, value); };
}

class GroupCommitterTest : public StoreTest {
 protected:
  void SetUp() override {
    FaultyDisk::install();
    StoreTest::SetUp();
    if (!IsSkipped()) {
      connect()->execute("CREATE TABLE numbers (value BIGINT PRIMARY KEY)");
      writers_.emplace(parse_location(url()).value());
    }
  }

  GroupCommitter& writers() { return *writers_; }

  /// What others see, which is what is durable.
  std::vector<std::int64_t> stored() {
    std::vector<std::int64_t> values;
    connect()->query("SELECT value FROM numbers ORDER BY value", {}, [&](Row& row) {
      values.push_back(row.integer());
    });
    return values;
  }

  void wait_for_waiting(std::size_t count) {
    while (writers().waiting() < count) {
      std::this_thread::yield();
    }
  }

  /// Lets all of `works` come while the first of them is at work, so that they share a transaction,
  /// the others in an order of the system's choice; what each got. A bug becomes an error.
  std::vector<Status> share(const std::vector<GroupCommitter::Work>& works) {
    std::vector<Status> outcomes(works.size());
    stored_when_told_.resize(works.size());
    std::latch begun(1);
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
      run(0, outcomes, [&, is_first = true](Connection& connection) mutable {
        if (std::exchange(is_first, false)) {
          begun.count_down();
          wait_for_waiting(works.size() - 1);
        }
        return works[0](connection);
      });
    });
    begun.wait();
    for (std::size_t i = 1; i < works.size(); ++i) {
      threads.emplace_back([&, i] { run(i, outcomes, works[i]); });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    return outcomes;
  }

  /// How many numbers were durable when each of those who shared was told of its end.
  [[nodiscard]] const std::vector<std::size_t>& stored_when_told() const {
    return stored_when_told_;
  }

 private:
  void run(std::size_t i, std::vector<Status>& outcomes, const GroupCommitter::Work& work) {
    try {
      outcomes[i] = writers().run(work);
    } catch (const std::logic_error& bug) {
      outcomes[i] = fail(ErrorCode::internal, bug.what());
    }
    stored_when_told_[i] = stored().size();
  }

  std::optional<GroupCommitter> writers_;
  std::vector<std::size_t> stored_when_told_;
};

TEST_P(GroupCommitterTest, AWriterAloneIsDurableAtOnce) {
  EXPECT_OK(writers().run(inserting(1)));
  EXPECT_EQ(stored(), (std::vector<std::int64_t>{1}));
}

TEST_P(GroupCommitterTest, ThoseWhoWaitShareOneTransaction) {
  std::atomic<int> at_work = 0;
  const auto member = [&](std::int64_t value) -> GroupCommitter::Work {
    return [&, value](Connection& connection) {
      // Nothing of the others is durable, though all but the last have done their work by then.
      EXPECT_TRUE(stored().empty());
      const auto seen = connection.scalar("SELECT COUNT(*) FROM numbers");
      EXPECT_EQ(seen, at_work++);
      return insert(connection, value);
    };
  };
  for (const auto& outcome : share({member(1), member(2), member(3), member(4)})) {
    EXPECT_OK(outcome);
  }
  EXPECT_EQ(stored_when_told(), std::vector<std::size_t>(4, 4));
  EXPECT_EQ(stored(), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST_P(GroupCommitterTest, AFailingStatementIsUndoneAlone) {
  EXPECT_OK(writers().run(inserting(3)));
  const auto failing = [](Connection& connection) {
    insert(connection, 30);
    return insert(connection, 3);  // Is there already.
  };
  const auto outcomes = share({inserting(1), failing, inserting(2), failing, inserting(4)});
  EXPECT_OK(outcomes[0]);
  EXPECT_EQ(code_of(outcomes[1]), ErrorCode::io);
  EXPECT_OK(outcomes[2]);
  EXPECT_EQ(code_of(outcomes[3]), ErrorCode::io);
  EXPECT_OK(outcomes[4]);
  EXPECT_EQ(stored(), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST_P(GroupCommitterTest, AFailureOfTheFirstIsUndoneAlone) {
  const auto failing = [](Connection& connection) {
    insert(connection, 9);
    return insert(connection, 9);
  };
  const auto outcomes = share({failing, inserting(1), inserting(2)});
  EXPECT_FALSE(outcomes[0]);
  EXPECT_OK(outcomes[1]);
  EXPECT_OK(outcomes[2]);
  EXPECT_EQ(stored(), (std::vector<std::int64_t>{1, 2}));
}

TEST_P(GroupCommitterTest, WhoTakesItsChangesBackLeavesTheOthers) {
  const auto refusing = [](Connection& connection) {
    insert(connection, 9);
    return false;
  };
  for (const auto& outcome : share({inserting(1), refusing, inserting(2), refusing})) {
    EXPECT_OK(outcome);
  }
  EXPECT_EQ(stored(), (std::vector<std::int64_t>{1, 2}));
}

TEST_P(GroupCommitterTest, AnExceptionReachesItsCallerOnly) {
  const auto faulty = [](Connection& connection) -> bool {
    insert(connection, 9);
    throw std::logic_error("a bug");
  };
  const auto outcomes = share({inserting(1), faulty, inserting(2)});
  EXPECT_OK(outcomes[0]);
  EXPECT_EQ(code_of(outcomes[1]), ErrorCode::internal);
  EXPECT_OK(outcomes[2]);
  EXPECT_EQ(stored(), (std::vector<std::int64_t>{1, 2}));
}

TEST_P(GroupCommitterTest, ManyWritersGetWhatTheyAreTold) {
  constexpr int threads_count = 8;
  constexpr int each = 40;
  std::atomic<std::int64_t> kept = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < threads_count; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < each; ++i) {
        // Every value is tried by two threads, and every seventh is taken back.
        const std::int64_t value = (thread / 2) * each + i + 1;
        const auto outcome = writers().run([&](Connection& connection) {
          insert(connection, value);
          return value % 7 != 0;
        });
        kept += outcome && value % 7 != 0 ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::vector<std::int64_t> expected;
  for (std::int64_t value = 1; value <= threads_count / 2 * each; ++value) {
    if (value % 7 != 0) {
      expected.push_back(value);
    }
  }
  EXPECT_EQ(stored(), expected);
  EXPECT_EQ(kept, static_cast<std::int64_t>(expected.size()));
  EXPECT_EQ(writers().waiting(), 0U);
}

class SharedDiskFault : public GroupCommitterTest {};

TEST_P(SharedDiskFault, IsMetByTheOneWhomItHits) {
  // One disk operation fails, whichever it is: the transaction is lost, each member tries alone,
  // and by then the disk works again.
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC}) {
    int nth = 0;
    for (bool happened = true; happened; ++nth) {
      ASSERT_LT(nth, 100);
      connect()->execute("DELETE FROM numbers");
      const FaultyDisk disk(nth, code);
      const auto outcomes = share({inserting(1), inserting(2), inserting(3)});
      happened = disk.happened();
      for (const auto& outcome : outcomes) {
        EXPECT_OK(outcome);
      }
      EXPECT_EQ(stored(), (std::vector<std::int64_t>{1, 2, 3})) << code << ", " << nth;
    }
    EXPECT_GT(nth, 1) << "the change does not reach the disk";
  }
}

TEST_P(SharedDiskFault, AWriteThatDoesNotFitLeavesRoomToTheOthers) {
  connect()->execute("CREATE TABLE texts (value TEXT)");
  constexpr std::size_t mib = 1 << 20;
  const auto large = [](Connection& connection) {
    connection.execute("INSERT INTO texts VALUES (:value)", {std::string(2 * mib, 'x')});
    return true;
  };
  std::vector<Status> outcomes;
  {
    const FileSizeLimit full(mib);
    outcomes = share({inserting(1), large, inserting(2), large});
  }
  EXPECT_OK(outcomes[0]);
  EXPECT_FALSE(outcomes[1]);
  EXPECT_OK(outcomes[2]);
  EXPECT_FALSE(outcomes[3]);
  EXPECT_EQ(stored(), (std::vector<std::int64_t>{1, 2}));
}

ON_BOTH_DATABASES(GroupCommitterTest);
INSTANTIATE_TEST_SUITE_P(, SharedDiskFault, ::testing::Values(Backend::sqlite), backend_name);

}  // namespace
}  // namespace athanor::store
