#include <algorithm>
#include <functional>

#include "faulty_disk.hpp"
#include "store_fixture.hpp"

namespace athanor::store {
namespace {

/// Lets every disk operation of a change fail, one after the other, until the change succeeds.
class FailingDisk : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    FaultyDisk::install();
    database_ = std::make_unique<TestDatabase>(Backend::sqlite);
    store_ = value_of(open_store(database_->url()));
    beside_ = std::make_unique<Connection>(parse_location(database_->url()).value());
    EXPECT_OK(store_->models().insert(model_));
  }

  /// Else SQLite might do it at the end of a change, where a fault changes nothing.
  void empty_log() {
    beside_->query("PRAGMA wal_checkpoint", {}, [](Row&) {});
  }

  JobRepository& jobs() { return store_->jobs(); }

  JobRecord new_job() { return sample_job(user_, OwnerKind::model, model_.id); }

  /// In the database, in this state.
  JobRecord stored_job(JobState state) {
    auto job = new_job();
    job.state = state;
    EXPECT_OK(jobs().insert(std::span(&job, 1)));
    return job;
  }

  Uuid stored_dataset() {
    const auto dataset = sample_dataset(user_);
    EXPECT_OK(store_->datasets().insert(dataset));
    return dataset.id;
  }

  bool is_noted_as_removed(const std::string& folder) {
    const auto noted = value_of(store_->removed_folders().list());
    return std::ranges::find(noted, folder) != noted.end();
  }

  /// `prepare` makes what `change` changes, anew each time; after each fault `check` looks whether
  /// the change is whole or not there at all.
  template <class Prepare, class Change, class Check>
  void fail_everywhere(const Prepare& prepare, const Change& change, const Check& check) {
    int failures = 0;
    for (bool failed = true; failed; ++failures) {
      ASSERT_LT(failures, 200);
      prepare();
      empty_log();
      const FaultyDisk disk(failures, GetParam());
      const auto outcome = change();
      failed = disk.happened();
      EXPECT_EQ(outcome.has_value(), !failed) << failures;
      if (!outcome) {
        EXPECT_EQ(outcome.error().code,
                  GetParam() == SQLITE_FULL ? ErrorCode::unavailable : ErrorCode::io);
      }
      check(outcome.has_value());
    }
    EXPECT_GT(failures, 2) << "the change does not reach the disk";
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Connection> beside_;
  const Uuid user_ = Uuid::random();
  const ModelRecord model_ = sample_model(user_);
};

TEST_P(FailingDisk, AChainIsThereAsAWholeOrNotAtAll) {
  std::vector<JobRecord> chain;
  fail_everywhere(
      [&] {
        chain = {new_job(), new_job(), new_job()};
      },
      [&] { return jobs().insert(chain); },
      [&](bool succeeded) {
        const auto there = std::ranges::count_if(
            chain, [&](const JobRecord& job) { return jobs().find(job.id).has_value(); });
        EXPECT_TRUE(there == 3 || (there == 0 && !succeeded)) << there;
      });
}

TEST_P(FailingDisk, AJobIsClaimedAsAWholeOrNotAtAll) {
  JobRecord job;
  fail_everywhere(
      [&] {
        job = new_job();
        EXPECT_OK(jobs().insert(std::span(&job, 1)));
      },
      [&] {
        return jobs().claim(job.id, Json{{"started", true}});
      },
      [&](bool succeeded) {
        const auto now = value_of(jobs().find(job.id));
        EXPECT_EQ(now.has_worker, now.state == JobState::running);
        EXPECT_EQ(now.result.contains("started"), now.has_worker);
        EXPECT_TRUE(now.has_worker || !succeeded);
      });
}

TEST_P(FailingDisk, ARecordAndTheNoteOfItsFolderGoTogether) {
  JobRecord job;
  fail_everywhere(
      [&] {
        job = new_job();
        job.state = JobState::done;
        EXPECT_OK(jobs().insert(std::span(&job, 1)));
      },
      [&] { return jobs().remove(user_, OwnerKind::model, model_.id, job.id); },
      [&](bool succeeded) {
        const bool there = jobs().find(job.id).has_value();
        EXPECT_NE(is_noted_as_removed("jobs/" + job.id.to_string()), there);
        EXPECT_TRUE(!there || !succeeded);
      });
}

TEST_P(FailingDisk, OtherDataAreInForceWithTheFormerOnesNoted) {
  DatasetRecord dataset;
  fail_everywhere(
      [&] {
        dataset = sample_dataset(user_);
        dataset.data_folder = "old-" + dataset.id.to_string();
        EXPECT_OK(store_->datasets().insert(dataset));
      },
      [&] {
        return store_->datasets().update(user_, dataset.id, [](DatasetRecord& record) -> Status {
          record.data_folder = "new";
          return {};
        });
      },
      [&](bool succeeded) {
        const bool is_new =
            value_of(store_->datasets().get(user_, dataset.id)).data_folder == "new";
        EXPECT_EQ(is_noted_as_removed(dataset.data_folder), is_new);
        EXPECT_TRUE(is_new || !succeeded);
      });
}

TEST_P(FailingDisk, AModelIsThereWithAllItsLinksOrNotAtAll) {
  ModelRecord model;
  fail_everywhere(
      [&] {
        model = sample_model(user_);
        model.train_datasets = {stored_dataset(), stored_dataset()};
        model.eval_dataset = stored_dataset();
        model.ptm = model_.id;
      },
      [&] { return store_->models().insert(model); },
      [&](bool succeeded) {
        const auto found = store_->models().get(user_, model.id, false);
        EXPECT_TRUE(found || !succeeded);
        if (found) {
          EXPECT_EQ(found->train_datasets, model.train_datasets);
          EXPECT_EQ(found->eval_dataset, model.eval_dataset);
        }
      });
}

TEST_P(FailingDisk, AModelsLinksChangeWithItsRecord) {
  ModelRecord model;
  Uuid other;
  fail_everywhere(
      [&] {
        other = stored_dataset();
        model = sample_model(user_);
        model.train_datasets = {stored_dataset()};
        EXPECT_OK(store_->models().insert(model));
      },
      [&] {
        return store_->models().update(user_, model.id, [&](ModelRecord& record) -> Status {
          record.name = "changed";
          record.train_datasets.push_back(other);
          record.eval_dataset = other;
          return {};
        });
      },
      [&](bool succeeded) {
        const auto now = value_of(store_->models().get(user_, model.id, false));
        const bool is_new = now.name == "changed";
        EXPECT_EQ(now.train_datasets.size(), is_new ? 2U : 1U);
        EXPECT_EQ(now.eval_dataset.has_value(), is_new);
        EXPECT_TRUE(is_new || !succeeded);
      });
}

TEST_P(FailingDisk, AModelGoesWithItsSpecsAndJobsAndANoteOfTheirFolders) {
  ModelRecord model;
  JobRecord job;
  fail_everywhere(
      [&] {
        model = sample_model(user_);
        model.train_datasets = {stored_dataset()};
        EXPECT_OK(store_->models().insert(model));
        EXPECT_OK(store_->specs().put(OwnerKind::model, model.id, "train", "{}"));
        job = sample_job(user_, OwnerKind::model, model.id);
        job.state = JobState::done;
        EXPECT_OK(jobs().insert(std::span(&job, 1)));
      },
      [&] { return store_->models().remove(user_, model.id); },
      [&](bool succeeded) {
        const bool there = store_->models().get(user_, model.id, false).has_value();
        EXPECT_EQ(value_of(store_->specs().get(model.id, "train")).has_value(), there);
        EXPECT_EQ(jobs().find(job.id).has_value(), there);
        EXPECT_NE(is_noted_as_removed("jobs/" + job.id.to_string()), there);
        EXPECT_TRUE(!there || !succeeded);
      });
}

TEST_P(FailingDisk, ASpecIsSavedWithTheTimeOfItsOwnersChange) {
  ModelRecord model;
  fail_everywhere(
      [&] {
        model = sample_model(user_);
        EXPECT_OK(store_->models().insert(model));
      },
      [&] { return store_->specs().put(OwnerKind::model, model.id, "train", "{}"); },
      [&](bool succeeded) {
        const bool saved = value_of(store_->specs().get(model.id, "train")).has_value();
        const auto now = value_of(store_->models().get(user_, model.id, false));
        EXPECT_EQ(now.last_modified != model.last_modified, saved);
        EXPECT_TRUE(saved || !succeeded);
      });
}

TEST_P(FailingDisk, AJobIsResumedAsAWholeOrNotAtAll) {
  JobRecord job;
  fail_everywhere([&] { job = stored_job(JobState::error); },
                  [&] {
                    return jobs().resume(job.id, Json{{"waits", true}});
                  },
                  [&](bool succeeded) {
                    const auto now = value_of(jobs().find(job.id));
                    const bool resumed = now.state == JobState::pending;
                    EXPECT_EQ(now.attempt, resumed ? 2 : 1);
                    EXPECT_EQ(now.result.contains("waits"), resumed);
                    EXPECT_TRUE(resumed || !succeeded);
                  });
}

TEST_P(FailingDisk, AJobIsSettledAsAWholeOrNotAtAll) {
  JobRecord job;
  fail_everywhere(
      [&] {
        job = stored_job(JobState::pending);
        EXPECT_OK(jobs().claim(job.id, Json::object()));
      },
      [&] {
        return jobs().settle(job.id, JobState::done, Json{{"ended", true}});
      },
      [&](bool succeeded) {
        const auto now = value_of(jobs().find(job.id));
        const bool settled = now.state == JobState::done;
        EXPECT_NE(now.has_worker, settled);
        EXPECT_EQ(now.result.contains("ended"), settled);
        EXPECT_TRUE(settled || !succeeded);
      });
}

TEST_P(FailingDisk, AUserComesAndGoesWithItsKeys) {
  UserRecord user;
  ApiKeyRecord key;
  const auto rename = [&] {
    user.id = Uuid::random();
    user.name = user.id.to_string();
    user.created_on = key.created_on = "2023-05-01T12:00:00.000000";
    key.id = "key of " + user.name;
    key.user_id = user.id;
    key.hash = "$argon2id$";
  };
  const auto is_whole = [&] {
    const auto all = value_of(store_->users().list());
    const bool there = std::ranges::find(all, user.id, &UserRecord::id) != all.end();
    EXPECT_EQ(value_of(store_->users().find_key(key.id)).has_value(), there);
    return there;
  };
  fail_everywhere(
      rename,
      [&] { return store_->users().insert(user, key); },
      [&](bool succeeded) { EXPECT_TRUE(is_whole() || !succeeded); });
  fail_everywhere(
      [&] {
        rename();
        EXPECT_OK(store_->users().insert(user, key));
      },
      [&] { return store_->users().remove(user.name); },
      [&](bool succeeded) { EXPECT_TRUE(!is_whole() || !succeeded); });
}

TEST_P(FailingDisk, WhatIsDoneAtomicallyIsThereWithItsReply) {
  DatasetRecord dataset;
  KeptReply reply;
  fail_everywhere(
      [&] {
        dataset = sample_dataset(user_);
        reply = {.user_id = user_,
                 .key = dataset.id.to_string(),
                 .fingerprint = "f",
                 .status = 201,
                 .etag = "",
                 .body = "{}"};
      },
      [&] {
        return store_->atomically([&]() -> Status {
          ATHANOR_CHECK_OK(store_->datasets().insert(dataset));
          return store_->replies().keep(reply);
        });
      },
      [&](bool succeeded) {
        const bool there = store_->datasets().get(user_, dataset.id).has_value();
        EXPECT_EQ(value_of(store_->replies().find(user_, reply.key)).has_value(), there);
        EXPECT_TRUE(there || !succeeded);
      });
}

std::string fault_name(const ::testing::TestParamInfo<int>& info) {
  switch (info.param) {
    case SQLITE_FULL:
      return "Full";
    case SQLITE_IOERR_WRITE:
      return "Write";
    default:
      return "Sync";
  }
}

INSTANTIATE_TEST_SUITE_P(Faults,
                         FailingDisk,
                         ::testing::Values(SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC),
                         fault_name);

}  // namespace
}  // namespace athanor::store
