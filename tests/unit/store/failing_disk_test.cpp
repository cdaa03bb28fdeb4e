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
    EXPECT_OK(store_->models().insert(model_));
  }

  JobRepository& jobs() { return store_->jobs(); }

  JobRecord new_job() { return sample_job(user_, OwnerKind::model, model_.id); }

  /// `prepare` makes what `change` changes, anew each time; after each fault `check` looks whether
  /// the change is whole or not there at all.
  template <class Prepare, class Change, class Check>
  void fail_everywhere(const Prepare& prepare, const Change& change, const Check& check) {
    int failures = 0;
    for (bool failed = true; failed; ++failures) {
      ASSERT_LT(failures, 200);
      prepare();
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
        const auto noted = value_of(store_->removed_folders().list());
        EXPECT_NE(std::ranges::find(noted, "jobs/" + job.id.to_string()) != noted.end(), there);
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
        const auto noted = value_of(store_->removed_folders().list());
        EXPECT_EQ(std::ranges::find(noted, dataset.data_folder) != noted.end(), is_new);
        EXPECT_TRUE(is_new || !succeeded);
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
