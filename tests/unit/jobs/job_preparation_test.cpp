#include "athanor/jobs/job_preparation.hpp"

#include <cerrno>

#include "support/memory_store.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/jobs/job_snapshot.hpp"

namespace athanor::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PrepareDirectory, IsWholeOrTellsWhyWhicheverCallFails) {
  const testing::TempDir folder;
  contract::JobRequest request;
  request.job_id = "a job";
  request.attempt = 2;
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    const auto directory = folder.path() / std::to_string(calls) / "job";
    const disk::Fault fault(calls, ENOSPC);
    const Status prepared = prepare_directory(directory, request);
    failed = fault.happened();

    EXPECT_EQ(prepared.has_value(), !failed) << calls;
    const bool readable = contract::read_job_request(directory).has_value();
    EXPECT_TRUE(readable || failed) << calls;
    EXPECT_TRUE(readable || !std::filesystem::exists(directory / contract::request_file)) << calls;
  }
  EXPECT_GT(calls, 5);
}

TEST(PrepareDirectory, SucceedsOnceThereIsRoomAgain) {
  const testing::TempDir folder;
  const contract::JobRequest request;
  {
    const disk::Fault fault(3, ENOSPC);
    ASSERT_FALSE(prepare_directory(folder.path() / "job", request));
  }

  EXPECT_TRUE(prepare_directory(folder.path() / "job", request));
}

TEST(PrepareDirectory, LogBeginsWithTheRequestThatPostedTheJob) {
  const testing::TempDir folder;
  contract::JobRequest request;
  request.job_id = "5f1c";
  request.action = "train";
  request.request_id = "7-1";

  ASSERT_TRUE(prepare_directory(folder.path(), request));
  request.attempt = 2;
  ASSERT_TRUE(prepare_directory(folder.path(), request));

  EXPECT_EQ(read_file(folder.path() / contract::log_file).value(),
            "Job 5f1c (train), posted by request 7-1\n");
}

TEST(InputsOf, AreTheFoldersThatTheWorkerReads) {
  contract::JobRequest request;
  request.train_datasets = {{"", "", "", "/data/a"}, {"", "", "", "/data/b"}};
  request.inference_dataset = contract::DatasetInput{"", "", "", "/data/c"};
  request.parent = contract::ParentInput{"", "", "/jobs/d/artifacts"};
  request.pretrained = contract::PretrainedInput{"", "", "/pretrained/e/weights"};

  EXPECT_THAT(
      inputs_of(request),
      ElementsAre("/data/a", "/data/b", "/data/c", "/jobs/d/artifacts", "/pretrained/e/weights"));
}

TEST(ResolveRequest, SaysThatTheParentWasDeleted) {
  testing::MemoryStore store;
  store::JobRecord job;
  job.parent_id = Uuid::random();
  job.request = to_json(JobSnapshot());

  const auto request = resolve_request(store, "/data", job, 1);

  ASSERT_FALSE(request);
  EXPECT_THAT(request.error().message, HasSubstr("was deleted"));
}

/// A stored job of a model with this key.
store::JobRecord job_with_key(testing::MemoryStore& store,
                              const std::string& key,
                              std::optional<Uuid> parent = std::nullopt) {
  JobSnapshot snapshot;
  snapshot.encryption_key = Secret(key);
  store::JobRecord job;
  job.id = Uuid::random();
  job.parent_id = parent;
  job.request = to_json(snapshot);
  EXPECT_TRUE(store.jobs().insert(std::span(&job, 1)));
  return job;
}

TEST(ResolveKeys, TakesTheParentsKeyFromTheParent) {
  testing::MemoryStore store;
  const auto parent = job_with_key(store, "former");
  const auto child = job_with_key(store, "new", parent.id);

  const auto keys = resolve_keys(store, child);

  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->own.expose(), "new");
  EXPECT_EQ(keys->parent.expose(), "former");
}

TEST(ResolveKeys, TakesThePretrainedModelsKeyFromItsTraining) {
  testing::MemoryStore store;
  JobSnapshot trained;
  trained.encryption_key = Secret(std::string("of the training"));
  store::JobRecord training;
  training.id = Uuid::random();
  training.owner_kind = store::OwnerKind::model;
  training.owner_id = Uuid::random();
  training.action = "train";
  training.state = store::JobState::done;
  training.request = to_json(trained);
  ASSERT_TRUE(store.jobs().insert(std::span(&training, 1)));
  JobSnapshot snapshot;
  snapshot.ptm = training.owner_id;
  store::JobRecord job;
  job.request = to_json(snapshot);

  const auto keys = resolve_keys(store, job);

  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->parent.expose(), "of the training");
}

TEST(ResolveKeys, SaysThatTheParentWasDeleted) {
  testing::MemoryStore store;
  const auto child = job_with_key(store, "new", Uuid::random());

  EXPECT_THAT(resolve_keys(store, child).error().message, HasSubstr("was deleted"));
}

}  // namespace
}  // namespace athanor::jobs
