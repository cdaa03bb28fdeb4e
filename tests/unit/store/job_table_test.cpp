#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "store_fixture.hpp"

namespace athanor::store {
namespace {

class JobTableTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (!IsSkipped()) {
      EXPECT_OK(store().models().insert(model_));
    }
  }

  JobRepository& jobs() { return store().jobs(); }

  JobRecord sample() { return sample_job(user_, OwnerKind::model, model_.id); }

  JobRecord insert(const std::function<void(JobRecord&)>& adjust = nullptr) {
    JobRecord record = sample();
    if (adjust) {
      adjust(record);
    }
    EXPECT_OK(jobs().insert(std::array{record}));
    return record;
  }

  std::vector<std::string> listed_actions(const ListQuery& query) {
    std::vector<std::string> actions;
    for (const auto& record : value_of(jobs().list(OwnerKind::model, model_.id, query)).records) {
      actions.push_back(record.action);
    }
    return actions;
  }

  Uuid insert_child(Uuid parent) {
    return insert([parent](JobRecord& record) { record.parent_id = parent; }).id;
  }

  static std::vector<Uuid> ids_in(Result<std::vector<JobRecord>> records) {
    std::vector<Uuid> ids;
    for (const auto& record : value_of(std::move(records))) {
      ids.push_back(record.id);
    }
    return ids;
  }

  const Uuid user_ = Uuid::random();
  const ModelRecord model_ = sample_model(user_);
};

using Actions = std::vector<std::string>;
using Ids = std::vector<Uuid>;

TEST_P(JobTableTest, KeepsEveryField) {
  const auto inserted = insert([](JobRecord& record) {
    record.parent_id = Uuid::random();
    record.state = JobState::error;
    record.result = Json{{"z", 1}, {"a", "é\"'"}};
    record.request = Json{{"spec", {{"lr", 0.1}}}};
  });
  const auto read = value_of(jobs().get(user_, OwnerKind::model, model_.id, inserted.id));
  EXPECT_EQ(read.id, inserted.id);
  EXPECT_EQ(read.user_id, user_);
  EXPECT_EQ(read.owner_kind, OwnerKind::model);
  EXPECT_EQ(read.owner_id, model_.id);
  EXPECT_EQ(read.parent_id, inserted.parent_id);
  EXPECT_EQ(read.created_on, inserted.created_on);
  EXPECT_EQ(read.last_modified, inserted.last_modified);
  EXPECT_EQ(read.action, "train");
  EXPECT_EQ(read.state, JobState::error);
  EXPECT_EQ(to_text(read.result), to_text(inserted.result));
  EXPECT_EQ(to_text(read.request), "{}");  // find() and claim() give it.
  EXPECT_EQ(to_text(value_of(jobs().find(read.id)).request), to_text(inserted.request));
}

TEST_P(JobTableTest, SequenceFollowsTheOrderGiven) {
  const std::array records = {sample(), sample(), sample()};
  EXPECT_OK(jobs().insert(records));
  const auto pending = value_of(jobs().in_state(JobState::pending));
  ASSERT_EQ(pending.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(pending[i].id, records[i].id);
  }
  EXPECT_LT(pending[0].sequence, pending[1].sequence);
  EXPECT_LT(pending[1].sequence, pending[2].sequence);
}

TEST_P(JobTableTest, QueuedAreTheOldestPendingJobsThatWaitForNoParent) {
  const auto done = insert([](JobRecord& record) { record.state = JobState::done; });
  const auto first = insert();
  insert_child(first.id);
  insert_child(Uuid::random());
  const auto child = insert_child(done.id);
  const auto last = insert();

  EXPECT_EQ(ids_in(jobs().queued(10)), (Ids{first.id, child, last.id}));
  EXPECT_EQ(ids_in(jobs().queued(2)), (Ids{first.id, child}));
}

TEST_P(JobTableTest, ReleasedAreThoseThatWereNotToldOfTheirParentsEnd) {
  const auto parent_in = [&](JobState state) {
    return insert([&](JobRecord& record) {
             record.state = state;
             record.last_modified = "2023-05-01T12:00:01.000000";  // After that of the others.
           })
        .id;
  };
  insert_child(parent_in(JobState::pending));
  insert_child(parent_in(JobState::running));
  const auto orphan = insert_child(Uuid::random());
  const auto lost = insert_child(parent_in(JobState::error));
  const auto freed = insert_child(parent_in(JobState::done));
  EXPECT_EQ(ids_in(jobs().released()), (Ids{orphan, lost, freed}));

  EXPECT_OK(jobs().note_waiting(std::array{value_of(jobs().find(freed))}));

  EXPECT_EQ(ids_in(jobs().released()), (Ids{orphan, lost}));
}

TEST_P(JobTableTest, CountsThePendingJobsBeforeOne) {
  insert();
  insert([](JobRecord& record) { record.state = JobState::running; });
  insert();
  const auto job = insert();
  insert();

  EXPECT_EQ(value_of(jobs().pending_before(value_of(jobs().find(job.id)).sequence)), 2U);
}

TEST_P(JobTableTest, PendingChildrenOfManyParents) {
  Ids parents;
  for (int i = 0; i < 700; ++i) {  // More than one IN list.
    parents.push_back(Uuid::random());
  }
  const auto child = insert_child(parents.back());
  insert_child(Uuid::random());
  insert([&](JobRecord& record) {
    record.parent_id = parents.back();
    record.state = JobState::error;
  });

  EXPECT_EQ(ids_in(jobs().pending_children(parents)), Ids{child});
}

TEST_P(JobTableTest, InsertIsAllOrNothing) {
  auto orphan = sample();
  orphan.owner_id = Uuid::random();
  const std::array records = {sample(), orphan};
  EXPECT_EQ(code_of(jobs().insert(records)), ErrorCode::not_found);
  EXPECT_EQ(code_of(jobs().find(records[0].id)), ErrorCode::not_found);
}

TEST_P(JobTableTest, InsertIsAllOrNothingWhenTheDatabaseRefuses) {
  const auto first = sample();
  const std::array records = {first, first};
  EXPECT_EQ(code_of(jobs().insert(records)), ErrorCode::io);
  EXPECT_EQ(code_of(jobs().find(first.id)), ErrorCode::not_found);
}

TEST_P(JobTableTest, UnknownJobsAreTheTextThatClientsCompare) {
  const auto unknown = jobs().get(user_, OwnerKind::model, model_.id, Uuid::random());
  EXPECT_EQ(code_of(unknown), ErrorCode::not_found);
  EXPECT_EQ(unknown.error().message, "Job not found");
}

TEST_P(JobTableTest, GetIsBoundToUserKindAndOwner) {
  const auto job = insert();
  EXPECT_OK(jobs().get(user_, OwnerKind::model, model_.id, job.id));
  EXPECT_FALSE(jobs().get(Uuid::random(), OwnerKind::model, model_.id, job.id));
  EXPECT_FALSE(jobs().get(user_, OwnerKind::dataset, model_.id, job.id));
  EXPECT_FALSE(jobs().get(user_, OwnerKind::model, Uuid::random(), job.id));
}

TEST_P(JobTableTest, ListsByCreationThenPostingNewestFirst) {
  insert([](JobRecord& record) { record.action = "first"; });
  insert([](JobRecord& record) { record.action = "second"; });
  insert([](JobRecord& record) {
    record.action = "earlier";
    record.created_on = "2023-01-01T00:00:00.000000";
  });
  EXPECT_EQ(listed_actions({}), (Actions{"second", "first", "earlier"}));
  EXPECT_EQ(listed_actions({.sort = ListQuery::Sort::date_ascending}),
            (Actions{"earlier", "first", "second"}));
  EXPECT_EQ(listed_actions({.sort = ListQuery::Sort::name_ascending}),
            (Actions{"second", "first", "earlier"}));
}

TEST_P(JobTableTest, ListPagesWithTheTotal) {
  for (int i = 0; i < 5; ++i) {
    insert();
  }
  const auto page = value_of(jobs().list(OwnerKind::model, model_.id, {.skip = 3, .size = 10}));
  EXPECT_EQ(page.total, 5U);
  EXPECT_EQ(page.records.size(), 2U);
}

TEST_P(JobTableTest, ListsLeaveTheRequestOut) {
  insert([](JobRecord& record) { record.request = Json{{"spec", "long"}}; });
  const auto page = value_of(jobs().list(OwnerKind::model, model_.id, {}));
  EXPECT_EQ(to_text(page.records.at(0).request), "{}");
}

TEST_P(JobTableTest, ListOfManyOwnersGroupsByOwner) {
  std::vector<Uuid> owners;
  for (int i = 0; i < 700; ++i) {  // More than one IN list.
    owners.push_back(Uuid::random());
  }
  owners.push_back(model_.id);
  const auto job = insert();
  const auto found = value_of(jobs().list_of(OwnerKind::model, owners));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().id, job.id);
  EXPECT_TRUE(value_of(jobs().list_of(OwnerKind::dataset, owners)).empty());
  EXPECT_TRUE(value_of(jobs().list_of(OwnerKind::model, {})).empty());
}

TEST_P(JobTableTest, TransitionMovesOnlyFromTheGivenState) {
  const auto job = insert();
  EXPECT_FALSE(
      value_of(jobs().transition(job.id, JobState::running, JobState::done, Json{{"lost", true}})));
  EXPECT_EQ(value_of(jobs().find(job.id)).last_modified, job.last_modified);
  EXPECT_TRUE(
      value_of(jobs().transition(job.id, JobState::pending, JobState::running, std::nullopt)));
  const auto read = value_of(jobs().find(job.id));
  EXPECT_EQ(read.state, JobState::running);
  EXPECT_EQ(to_text(read.result), "{}");
  EXPECT_GT(read.last_modified, job.last_modified);
}

TEST_P(JobTableTest, TransitionStoresAGivenResult) {
  const auto job = insert();
  EXPECT_TRUE(value_of(
      jobs().transition(job.id, JobState::pending, JobState::error, Json{{"message", "why"}})));
  EXPECT_EQ(to_text(value_of(jobs().find(job.id)).result), R"({"message":"why"})");
}

TEST_P(JobTableTest, TransitionOfAnUnknownJobChangesNothing) {
  EXPECT_FALSE(value_of(
      jobs().transition(Uuid::random(), JobState::pending, JobState::running, std::nullopt)));
}

TEST_P(JobTableTest, OneOfManyConcurrentTransitionsWins) {
  const auto job = insert();
  std::atomic<int> winners = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const bool won =
          value_of(jobs().transition(job.id, JobState::pending, JobState::running, std::nullopt));
      winners += won ? 1 : 0;
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(winners, 1);
}

TEST_P(JobTableTest, ResultIsReplacedOnlyWhileRunning) {
  const auto job = insert();
  EXPECT_FALSE(value_of(jobs().set_result(job.id, Json{{"epoch", 1}})));
  EXPECT_TRUE(
      value_of(jobs().transition(job.id, JobState::pending, JobState::running, std::nullopt)));
  EXPECT_TRUE(value_of(jobs().set_result(job.id, Json{{"epoch", 2}})));
  EXPECT_EQ(to_text(value_of(jobs().find(job.id)).result), R"({"epoch":2})");
}

TEST_P(JobTableTest, AnEqualResultDoesNotMoveLastModified) {
  const auto job = insert([](JobRecord& record) {
    record.state = JobState::running;
    record.result = Json{{"epoch", 1}};
  });
  EXPECT_TRUE(value_of(jobs().set_result(job.id, Json{{"epoch", 1}})));
  EXPECT_EQ(value_of(jobs().find(job.id)).last_modified, job.last_modified);
  EXPECT_TRUE(value_of(jobs().set_result(job.id, Json{{"epoch", 2}})));
  EXPECT_GT(value_of(jobs().find(job.id)).last_modified, job.last_modified);
}

TEST_P(JobTableTest, ClaimMovesAPendingJobToRunningWithAWorker) {
  const auto job = insert([](JobRecord& record) { record.request = Json{{"spec", "long"}}; });

  const auto claimed = value_of(jobs().claim(job.id, Json::object()));

  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->state, JobState::running);
  EXPECT_EQ(to_text(claimed->request), R"({"spec":"long"})");
  EXPECT_TRUE(value_of(jobs().find(job.id)).has_worker);
  EXPECT_FALSE(value_of(jobs().claim(job.id, Json::object())));
  EXPECT_FALSE(value_of(jobs().claim(Uuid::random(), Json::object())));
}

TEST_P(JobTableTest, ClaimWaitsForTheWorkerOfTheAttemptBefore) {
  const auto job = insert([](JobRecord& record) { record.has_worker = true; });

  EXPECT_FALSE(value_of(jobs().claim(job.id, Json::object())));
}

TEST_P(JobTableTest, SettleEndsARunningJobAndItsWorker) {
  const auto job = insert();
  EXPECT_TRUE(value_of(jobs().claim(job.id, Json::object())));

  EXPECT_TRUE(value_of(jobs().settle(job.id, JobState::done, Json{{"epoch", 2}})));

  const auto read = value_of(jobs().find(job.id));
  EXPECT_EQ(read.state, JobState::done);
  EXPECT_EQ(to_text(read.result), R"({"epoch":2})");
  EXPECT_FALSE(read.has_worker);
}

TEST_P(JobTableTest, SettleLeavesTheVerdictOfACancelledJob) {
  const auto job = insert();
  EXPECT_TRUE(value_of(jobs().claim(job.id, Json::object())));
  EXPECT_TRUE(value_of(
      jobs().transition(job.id, JobState::running, JobState::error, Json{{"message", "why"}})));
  const auto cancelled = value_of(jobs().find(job.id));
  EXPECT_TRUE(cancelled.has_worker);

  EXPECT_FALSE(value_of(jobs().settle(job.id, JobState::done, Json::object())));

  const auto read = value_of(jobs().find(job.id));
  EXPECT_EQ(read.state, JobState::error);
  EXPECT_EQ(to_text(read.result), R"({"message":"why"})");
  EXPECT_EQ(read.last_modified, cancelled.last_modified);
  EXPECT_FALSE(read.has_worker);
}

TEST_P(JobTableTest, ResumeCountsTheAttemptAndKeepsWhereTheJobCameFrom) {
  const auto job = insert([](JobRecord& record) {
    record.state = JobState::error;
    record.parent_id = Uuid::random();
  });

  EXPECT_TRUE(value_of(jobs().resume(job.id, Json{{"message", "again"}})));

  const auto read = value_of(jobs().find(job.id));
  EXPECT_EQ(read.state, JobState::pending);
  EXPECT_EQ(read.attempt, 2);
  EXPECT_EQ(read.created_on, job.created_on);
  EXPECT_EQ(read.parent_id, job.parent_id);
  EXPECT_GT(read.last_modified, job.last_modified);
  EXPECT_FALSE(value_of(jobs().resume(job.id, Json::object())));
}

TEST_P(JobTableTest, WithWorkerFindsJobsInEveryState) {
  insert();
  std::vector<Uuid> expected;
  for (const auto state : {JobState::error, JobState::running, JobState::pending}) {
    expected.push_back(insert([&](JobRecord& record) {
                         record.state = state;
                         record.has_worker = true;
                       }).id);
  }

  std::vector<Uuid> found;
  for (const auto& record : value_of(jobs().with_worker())) {
    found.push_back(record.id);
  }

  EXPECT_EQ(found, expected);
}

TEST_P(JobTableTest, NotesReachOnlyJobsThatAreStillPending) {
  auto pending = insert();
  auto running = insert([](JobRecord& record) { record.state = JobState::running; });
  pending.result = running.result = Json{{"message", "waiting"}};

  EXPECT_OK(jobs().note_waiting(std::array{pending, running}));

  EXPECT_EQ(to_text(value_of(jobs().find(pending.id)).result), R"({"message":"waiting"})");
  EXPECT_EQ(to_text(value_of(jobs().find(running.id)).result), "{}");
}

TEST_P(JobTableTest, AJobWithAWorkerIsNotRemoved) {
  const auto job = insert([](JobRecord& record) {
    record.state = JobState::error;
    record.has_worker = true;
  });

  EXPECT_EQ(code_of(jobs().remove(user_, OwnerKind::model, model_.id, job.id)),
            ErrorCode::conflict);
  EXPECT_OK(jobs().find(job.id));
}

TEST_P(JobTableTest, RemovingAJobNotesItsFolder) {
  const auto job = insert([](JobRecord& record) { record.state = JobState::done; });

  EXPECT_OK(jobs().remove(user_, OwnerKind::model, model_.id, job.id));

  EXPECT_EQ(value_of(store().removed_folders().list()), std::vector{"jobs/" + job.id.to_string()});
}

TEST_P(JobTableTest, RemovingTheOwnerNotesTheFoldersOfItsJobs) {
  const auto first = insert([](JobRecord& record) { record.state = JobState::done; });
  const auto second = insert([](JobRecord& record) { record.state = JobState::error; });

  EXPECT_OK(store().models().remove(user_, model_.id));

  std::vector expected = {"jobs/" + first.id.to_string(), "jobs/" + second.id.to_string()};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(value_of(store().removed_folders().list()), expected);
  EXPECT_OK(store().removed_folders().forget(expected.front()));
  EXPECT_EQ(value_of(store().removed_folders().list()), std::vector{expected.back()});
}

TEST_P(JobTableTest, AnOwnerWhoseJobsHaveNotEndedIsNotRemoved) {
  const auto job = insert();
  EXPECT_EQ(code_of(store().models().remove(user_, model_.id)), ErrorCode::unavailable);
  EXPECT_TRUE(
      value_of(jobs().transition(job.id, JobState::pending, JobState::error, Json::object())));
  EXPECT_OK(store().models().remove(user_, model_.id));
}

TEST_P(JobTableTest, OnlyEndedJobsAreRemoved) {
  for (const auto state : {JobState::pending, JobState::running}) {
    const auto job = insert([&](JobRecord& record) { record.state = state; });
    EXPECT_EQ(code_of(jobs().remove(user_, OwnerKind::model, model_.id, job.id)),
              ErrorCode::conflict);
    EXPECT_OK(jobs().find(job.id));
  }
  for (const auto state : {JobState::done, JobState::error}) {
    const auto job = insert([&](JobRecord& record) { record.state = state; });
    EXPECT_EQ(value_of(jobs().remove(user_, OwnerKind::model, model_.id, job.id)).id, job.id);
    EXPECT_FALSE(jobs().find(job.id));
  }
}

TEST_P(JobTableTest, ListsTheUsersChangesSinceATime) {
  const auto at = [](int second) {
    return "2026-01-01T00:00:0" + std::to_string(second) + ".000000";
  };
  for (const int second : {3, 1, 2}) {
    insert([&](JobRecord& record) {
      record.last_modified = at(second);
      record.action = std::to_string(second);
    });
  }
  const auto changed = [&](Uuid user, int second, std::uint64_t limit) {
    std::string actions;
    for (const auto& job : value_of(jobs().changed_since(user, at(second), limit))) {
      actions += job.action;
    }
    return actions;
  };

  EXPECT_EQ(changed(user_, 0, 10), "123");
  EXPECT_EQ(changed(user_, 1, 10), "23");
  EXPECT_EQ(changed(user_, 0, 2), "12");
  EXPECT_EQ(changed(Uuid::random(), 0, 10), "");
}

ON_BOTH_DATABASES(JobTableTest);

}  // namespace
}  // namespace athanor::store
