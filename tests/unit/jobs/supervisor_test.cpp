#include "athanor/jobs/supervisor.hpp"

#include <csignal>
#include <future>
#include <vector>

#include "unit/jobs/workbench.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/jobs/process_identity.hpp"
#include "athanor/jobs/result_builder.hpp"

namespace athanor::jobs {
namespace {

using store::JobState;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const Script successful = {says("STARTED"), says("SUCCESS", "all well")};

TEST(Supervisor, TakesAJobToDoneWithAllKeysOfItsResult) {
  Workbench bench;
  const Uuid job = bench.post(
      {says("STARTED", "", {{"max_epoch", 2}}),
       says("RUNNING", "", {{"epoch", 1}, {"graphical", {{"loss", 0.5}}}, {"cur_epoch", 1}}),
       says("SUCCESS", "trained", {{"kpi", {{"accuracy", 0.9}}}})});
  Server server(bench.folder(), bench.store());

  const auto record = bench.reach(job, JobState::done);

  EXPECT_THAT(bench.store().jobs().history(job),
              ElementsAre(JobState::pending, JobState::running, JobState::done));
  EXPECT_EQ(record.result["detailed_status"]["status"], "SUCCESS");
  EXPECT_EQ(record.result["kpi"], Json::parse(R"([{"metric": "accuracy", "value": 0.9}])"));
  for (const char* key : {"graphical",
                          "categorical",
                          "stats",
                          "epoch",
                          "cur_epoch",
                          "max_epoch",
                          "time_per_epoch",
                          "eta"}) {
    EXPECT_TRUE(record.result.contains(key)) << key;
  }
}

TEST(Supervisor, StartsAJobThatIsPostedLater) {
  Workbench bench;
  Server server(bench.folder(), bench.store());
  const Uuid job = bench.post(successful);

  server.wake();

  EXPECT_EQ(bench.reach(job, JobState::done).state, JobState::done);
}

TEST(Supervisor, StoresAStatusLineWhileTheWorkerRuns) {
  Workbench bench;
  const Uuid job =
      bench.post({says("RUNNING", "half way"), step("wait", bench.gate("go")), says("SUCCESS")});
  Server server(bench.folder(), bench.store());

  const auto record = bench.reach_message(job, "half way");

  EXPECT_EQ(record.state, JobState::running);
  EXPECT_EQ(Workbench::message_of(record), "half way");
  bench.open_gate("go");
  EXPECT_EQ(bench.reach(job, JobState::done).state, JobState::done);
}

TEST(Supervisor, EndsTheLogBeforeTheJobIsDone) {
  Workbench bench;
  const Uuid job = bench.post({step("log", "hello"), says("SUCCESS")});
  Server server(bench.folder(), bench.store());

  bench.reach(job, JobState::done);

  EXPECT_EQ(bench.file_of(job, "log.txt"), "hello\nEOF\n");
}

TEST(Supervisor, KeepsTheJobDirectoryToItsUser) {
  Workbench bench;
  const Uuid job = bench.post(successful);
  Server server(bench.folder(), bench.store());

  bench.reach(job, JobState::done);

  const auto directory = job_directory(bench.folder(), job);
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  for (const auto& path : {directory,
                           directory / "artifacts",
                           directory / "job.json",
                           directory / "log.txt",
                           directory / "worker.json"}) {
    EXPECT_EQ(std::filesystem::status(path).permissions() & others, std::filesystem::perms::none)
        << path;
  }
}

TEST(Supervisor, ReportsTheWorkersOwnMessageAndTheLog) {
  Workbench bench;
  const Uuid job = bench.post({step("log", "reading images"),
                               says("FAILURE", "train.csv, line 3: no such class"),
                               step("exit", 1)});
  Server server(bench.folder(), bench.store());

  const auto record = bench.reach(job, JobState::error);

  EXPECT_EQ(record.result["detailed_status"]["status"], "FAILURE");
  EXPECT_THAT(Workbench::message_of(record), HasSubstr("train.csv, line 3: no such class"));
  EXPECT_THAT(Workbench::message_of(record), HasSubstr("reading images"));
}

TEST(Supervisor, ReportsTheSignalThatKilledTheWorker) {
  Workbench bench;
  const Uuid job = bench.post({says("STARTED"), step("raise", SIGKILL)});
  Server server(bench.folder(), bench.store());

  const auto record = bench.reach(job, JobState::error);

  EXPECT_THAT(Workbench::message_of(record), HasSubstr("SIGKILL"));
  EXPECT_THAT(Workbench::message_of(record), HasSubstr("memory"));
  EXPECT_THAT(bench.file_of(job, "log.txt"), EndsWith("\nEOF\n"));
}

TEST(Supervisor, FailsASuccessfulLogWithABadExitCode) {
  Workbench bench;
  const Uuid job = bench.post({says("SUCCESS"), step("exit", 3)});
  Server server(bench.folder(), bench.store());

  EXPECT_THAT(Workbench::message_of(bench.reach(job, JobState::error)), HasSubstr("exit code 3"));
}

TEST(Supervisor, FailsAGoodExitWithoutTheWordSuccess) {
  Workbench bench;
  const Uuid job = bench.post({says("RUNNING"), step("exit", 0)});
  Server server(bench.folder(), bench.store());

  EXPECT_THAT(Workbench::message_of(bench.reach(job, JobState::error)),
              HasSubstr("without saying that it succeeded"));
}

TEST(Supervisor, KeepsMetricsOfAFailedJob) {
  Workbench bench;
  const Uuid job = bench.post(
      {says("RUNNING", "", {{"epoch", 1}, {"graphical", {{"loss", 2}}}}), step("exit", 1)});
  Server server(bench.folder(), bench.store());

  const auto record = bench.reach(job, JobState::error);

  EXPECT_EQ(record.result["graphical"][0]["values"], Json::parse("[2.0]"));
}

TEST(Supervisor, SkipsLinesThatAreNoStatus) {
  Workbench bench;
  const Uuid job = bench.post({step("raw", "not json\n"), says("SUCCESS", "still fine")});
  Server server(bench.folder(), bench.store());

  EXPECT_EQ(Workbench::message_of(bench.reach(job, JobState::done)), "still fine");
}

TEST(Supervisor, NamesADatasetWithoutData) {
  Workbench bench;
  store::DatasetRecord dataset;
  dataset.id = Uuid::random();
  dataset.user_id = bench.user();
  ASSERT_TRUE(bench.store().datasets().insert(dataset));
  JobSnapshot snapshot;
  snapshot.train_datasets = {dataset.id};
  const Uuid job = bench.post_snapshot(snapshot);
  Server server(bench.folder(), bench.store());

  EXPECT_EQ(Workbench::message_of(bench.reach(job, JobState::error)),
            "dataset " + dataset.id.to_string() + " has no data yet: upload an archive first");
}

constexpr int endless = 1'000'000;

/// A job whose data are in the store.
Uuid post_with_data(Workbench& bench) {
  store::DatasetRecord dataset;
  dataset.id = Uuid::random();
  dataset.user_id = bench.user();
  dataset.data_folder = "datasets/one/data-1";
  EXPECT_TRUE(bench.store().datasets().insert(dataset));
  JobSnapshot snapshot;
  snapshot.train_datasets = {dataset.id};
  snapshot.spec = {{"script", successful}};
  return bench.post_snapshot(snapshot);
}

TEST(Supervisor, AsksAStoreThatFailsAgainForWhatAJobNeeds) {
  Workbench bench;
  const Uuid job = post_with_data(bench);
  bench.store().datasets().fail_to_get(1);
  Server server(bench.folder(), bench.store());

  bench.reach(job, JobState::done);

  EXPECT_THAT(bench.store().jobs().history(job),
              ElementsAre(JobState::pending, JobState::running, JobState::done));
}

TEST(Supervisor, StartsAJobUnderTheNextServerWhereTheStoreFailedToTheStop) {
  Workbench bench;
  const Uuid job = post_with_data(bench);
  bench.store().datasets().fail_to_get(endless);
  {
    Server server(bench.folder(), bench.store());
    bench.reach(job, JobState::running);
  }
  bench.store().datasets().fail_to_get(0);

  Server server(bench.folder(), bench.store());

  EXPECT_EQ(bench.reach(job, JobState::done).state, JobState::done);
}

TEST(Supervisor, FreesTheSlotOfAJobThatIsCancelledWhileTheStoreFails) {
  Workbench bench;
  const Uuid job = post_with_data(bench);
  const Uuid next = bench.post(successful);
  bench.store().datasets().fail_to_get(endless);
  Server server(bench.folder(), bench.store());
  while (bench.store().datasets().failures_left() == endless) {
    std::this_thread::yield();
  }

  EXPECT_TRUE(server.cancel(job));

  EXPECT_EQ(bench.reach(next, JobState::done).state, JobState::done);
  EXPECT_EQ(Workbench::message_of(*bench.store().jobs().find(job)), "Cancelled by the user.");
}

TEST(Supervisor, CancelsAPendingJob) {
  Workbench bench;
  const Uuid first = bench.post({step("wait", bench.gate("go")), says("SUCCESS")});
  const Uuid second = bench.post(successful);
  Server server(bench.folder(), bench.store());
  bench.reach_message(second, "Waiting for a free slot");

  const Status cancelled = server.cancel(second);

  EXPECT_TRUE(cancelled);
  bench.open_gate("go");
  bench.reach(first, JobState::done);
  EXPECT_THAT(bench.store().jobs().history(second),
              ElementsAre(JobState::pending, JobState::error));
  EXPECT_EQ(Workbench::message_of(*bench.store().jobs().find(second)), "Cancelled by the user.");
}

TEST(Supervisor, CancelsARunningJobAtOnceAndForGood) {
  Workbench bench;
  const Uuid job =
      bench.post({says("RUNNING", "ready"), step("wait", bench.gate("never")), says("SUCCESS")});
  const Uuid next = bench.post(successful);
  Server server(bench.folder(), bench.store());
  bench.reach_message(job, "ready");

  const Status cancelled = server.cancel(job);

  EXPECT_TRUE(cancelled);
  EXPECT_EQ(bench.store().jobs().find(job)->state, JobState::error);
  bench.reach(next, JobState::done);
  EXPECT_THAT(bench.store().jobs().history(job),
              ElementsAre(JobState::pending, JobState::running, JobState::error));
  EXPECT_EQ(Workbench::message_of(*bench.store().jobs().find(job)), "Cancelled by the user.");
  EXPECT_EQ(bench.file_of(job, "log.txt"), "Cancelled by the user.\nEOF\n");
}

TEST(Supervisor, AnswersACancelOfAnEndedJobAsOldClientsExpect) {
  Workbench bench;
  const Uuid job = bench.post(successful);
  Server server(bench.folder(), bench.store());
  bench.reach(job, JobState::done);

  const Status cancelled = server.cancel(job);

  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::not_found);
  EXPECT_EQ(cancelled.error().message, "Job not found");
  EXPECT_EQ(bench.store().jobs().find(job)->state, JobState::done);
}

TEST(Supervisor, KillsACancelledWorkerThatIgnoresTheRequest) {
  Workbench bench;
  const Uuid stubborn = bench.post(
      {step("ignore_sigterm", true), says("RUNNING", "deaf"), step("wait", bench.gate("never"))});
  const Uuid next = bench.post(successful);
  Server server(bench.folder(), bench.store(), 1, std::chrono::milliseconds(50));
  bench.reach_message(stubborn, "deaf");

  ASSERT_TRUE(server.cancel(stubborn));

  EXPECT_EQ(bench.reach(next, JobState::done).state, JobState::done);
}

TEST(Supervisor, KeepsTheSlotUntilACancelledWorkerIsGone) {
  Workbench bench;
  const Uuid stubborn = bench.post(
      {step("ignore_sigterm", true), says("RUNNING", "deaf"), step("wait", bench.gate("go"))});
  const Uuid next = bench.post(successful);
  Server server(bench.folder(), bench.store());
  bench.reach_message(stubborn, "deaf");
  bench.reach_message(next, "Waiting for a free slot");

  ASSERT_TRUE(server.cancel(stubborn));
  const Uuid later = bench.post(successful);
  server.wake();
  bench.reach_message(later, "Waiting for a free slot");

  EXPECT_EQ(bench.store().jobs().find(next)->state, JobState::pending);
  bench.open_gate("go");
  EXPECT_EQ(bench.reach(later, JobState::done).state, JobState::done);
}

TEST(Supervisor, HoldsAChildUntilItsParentIsDone) {
  Workbench bench;
  const Uuid parent = bench.post({step("wait", bench.gate("go")), says("SUCCESS")});
  const Uuid child = bench.post(successful, parent);
  Server server(bench.folder(), bench.store(), 2);

  const auto waiting = bench.reach_message(child, "Waiting for the parent job");

  EXPECT_EQ(waiting.state, JobState::pending);
  bench.open_gate("go");
  EXPECT_EQ(bench.reach(child, JobState::done).state, JobState::done);
  EXPECT_EQ(bench.store().jobs().find(parent)->state, JobState::done);
}

TEST(Supervisor, GivesAChildTheArtifactsOfItsParent) {
  Workbench bench;
  const Uuid parent = bench.post(successful);
  const Uuid child = bench.post(successful, parent);
  Server server(bench.folder(), bench.store());

  bench.reach(child, JobState::done);

  const auto request = contract::read_job_request(job_directory(bench.folder(), child));
  ASSERT_TRUE(request && request->parent);
  EXPECT_EQ(request->parent->artifacts, job_directory(bench.folder(), parent) / "artifacts");
}

TEST(Supervisor, FailsTheDescendantsOfAFailedJob) {
  Workbench bench;
  const Uuid parent = bench.post({step("exit", 1)});
  const Uuid child = bench.post(successful, parent);
  const Uuid grandchild = bench.post(successful, child);
  Server server(bench.folder(), bench.store());

  const auto record = bench.reach(grandchild, JobState::error);

  EXPECT_THAT(Workbench::message_of(record), HasSubstr(child.to_string()));
  EXPECT_THAT(Workbench::message_of(*bench.store().jobs().find(child)),
              HasSubstr(parent.to_string()));
}

TEST(Supervisor, FailsAChildWhoseParentIsMissing) {
  Workbench bench;
  const Uuid child = bench.post(successful, Uuid::random());
  Server server(bench.folder(), bench.store());

  EXPECT_THAT(Workbench::message_of(bench.reach(child, JobState::error)), HasSubstr("was deleted"));
}

TEST(Supervisor, RunsAsManyJobsAsThereAreSlots) {
  Workbench bench;
  const Uuid first =
      bench.post({says("RUNNING", "one"), step("wait", bench.gate("first")), says("SUCCESS")});
  const Uuid second =
      bench.post({says("RUNNING", "two"), step("wait", bench.gate("second")), says("SUCCESS")});
  const Uuid third = bench.post(successful);
  Server server(bench.folder(), bench.store(), 2);

  bench.reach_message(first, "one");
  bench.reach_message(second, "two");
  const auto waiting = bench.reach_message(third, "Waiting for a free slot");

  EXPECT_EQ(waiting.state, JobState::pending);
  bench.open_gate("second");
  EXPECT_EQ(bench.reach(third, JobState::done).state, JobState::done);
  EXPECT_EQ(bench.store().jobs().find(first)->state, JobState::running);
  bench.open_gate("first");
  EXPECT_EQ(bench.reach(first, JobState::done).state, JobState::done);
}

TEST(Supervisor, AdoptsAWorkerThatOutlivedTheServer) {
  Workbench bench;
  const Uuid job = bench.post(
      {says("RUNNING", "before"), step("wait", bench.gate("go")), says("SUCCESS", "after")});
  {
    Server server(bench.folder(), bench.store());
    bench.reach_message(job, "before");
  }
  const auto worker = read_worker_file(job_directory(bench.folder(), job));

  Server server(bench.folder(), bench.store());
  bench.open_gate("go");

  EXPECT_EQ(Workbench::message_of(bench.reach(job, JobState::done)), "after");
  EXPECT_EQ(*read_worker_file(job_directory(bench.folder(), job)), *worker);
  EXPECT_THAT(bench.store().jobs().history(job),
              ElementsAre(JobState::pending, JobState::running, JobState::done));
}

TEST(Supervisor, CancelsAnAdoptedWorker) {
  Workbench bench;
  const Uuid job = bench.post({says("RUNNING", "before"), step("wait", bench.gate("never"))});
  {
    Server server(bench.folder(), bench.store());
    bench.reach_message(job, "before");
  }
  const Uuid next = bench.post(successful);
  Server server(bench.folder(), bench.store());

  ASSERT_TRUE(server.cancel(job));

  EXPECT_EQ(bench.reach(next, JobState::done).state, JobState::done);
  EXPECT_EQ(bench.store().jobs().find(job)->state, JobState::error);
}

/// Leaves a job Running with what its worker wrote, as a server does that is killed.
class SettlesAfterRestart : public ::testing::Test {
 protected:
  void leave_behind(const std::string& status_lines) {
    job = bench.post(successful);
    ASSERT_TRUE(bench.store().jobs().claim(job, Json::object()));
    const auto directory = job_directory(bench.folder(), job);
    ASSERT_TRUE(make_private_folder(directory));
    ASSERT_TRUE(write_file_atomic(directory / "status.json", status_lines));
    ASSERT_TRUE(write_file_atomic(directory / "log.txt", "the worker's last word\n"));
    auto dead = *identify_process(getpid());
    dead.start_time = "1";  // The number is another's by now.
    ASSERT_TRUE(write_worker_file(directory, {dead, 1}));
  }

  Workbench bench;
  Uuid job;
};

TEST_F(SettlesAfterRestart, DoneWhenTheLastLineIsSuccess) {
  leave_behind("{\"status\": \"RUNNING\"}\n{\"status\": \"SUCCESS\", \"message\": \"finished\"}\n");

  Server server(bench.folder(), bench.store());

  EXPECT_EQ(Workbench::message_of(bench.reach(job, JobState::done)), "finished");
  EXPECT_EQ(bench.file_of(job, "log.txt"), "the worker's last word\nEOF\n");
}

TEST_F(SettlesAfterRestart, ErrorWhenItDidNotSucceed) {
  leave_behind("{\"status\": \"RUNNING\"}\n{\"status\": \"SUCC");

  Server server(bench.folder(), bench.store());

  const std::string message = Workbench::message_of(bench.reach(job, JobState::error));
  EXPECT_THAT(message, HasSubstr("The server was down"));
  EXPECT_THAT(message, HasSubstr("the worker's last word"));
}

TEST_F(SettlesAfterRestart, PendingWhenOnlyTheAttemptBeforeBegan) {
  leave_behind("{\"status\": \"SUCCESS\"}\n");
  ASSERT_TRUE(bench.store().jobs().settle(job, JobState::error, Json::object()));
  ASSERT_TRUE(*bench.store().jobs().resume(job, Json::object()));
  ASSERT_TRUE(bench.store().jobs().claim(job, Json::object()));

  Server server(bench.folder(), bench.store());
  bench.reach(job, JobState::done);

  // It ran: the success of the attempt before was not taken for its own.
  EXPECT_EQ(read_worker_file(job_directory(bench.folder(), job))->attempt, 2);
}

TEST(Supervisor, StartsAJobAgainThatTheLastServerOnlyClaimed) {
  Workbench bench;
  const Uuid job = bench.post(successful);
  ASSERT_TRUE(bench.store().jobs().claim(job, Json::object()));

  Server server(bench.folder(), bench.store());

  EXPECT_EQ(bench.reach(job, JobState::done).state, JobState::done);
}

TEST(Supervisor, ClearsUpWhatTheLastServerHadHalfWritten) {
  Workbench bench;
  const Uuid job = bench.post(successful);
  ASSERT_TRUE(bench.store().jobs().claim(job, Json::object()));
  const auto directory = job_directory(bench.folder(), job);
  ASSERT_TRUE(make_private_folder(directory));
  const auto half = directory / ("job.json.tmp-" + Uuid::random().to_string());
  ASSERT_TRUE(write_file_atomic(half, "{"));

  Server server(bench.folder(), bench.store(), 0);
  bench.reach_message(job, "Waiting for a free slot");

  EXPECT_FALSE(std::filesystem::exists(half));
}

TEST(Supervisor, EndsTheWorkerOfAJobThatTheLastServerCancelledAndNoMore) {
  Workbench bench;
  const Uuid job = bench.post({says("RUNNING", "before"), step("wait", bench.gate("never"))});
  {
    Server server(bench.folder(), bench.store());
    bench.reach_message(job, "before");
  }
  ASSERT_TRUE(bench.store().jobs().transition(
      job, JobState::running, JobState::error, failed_result(Json::object(), "cancelled")));
  const auto worker = read_worker_file(job_directory(bench.folder(), job));

  Server server(bench.folder(), bench.store());
  bench.wait_for_worker(job);

  EXPECT_FALSE(open_process(worker->process.pid));
  EXPECT_EQ(bench.store().jobs().find(job)->state, JobState::error);
}

/// A training that was cancelled after its second epoch.
class ResumesAJob : public ::testing::Test {
 protected:
  void cancel_first_attempt(Server& server) {
    job = bench.post({says("RUNNING", "begun", {{"epoch", 1}, {"graphical", {{"loss", 0.5}}}}),
                      step("wait", bench.gate("go")),
                      says("SUCCESS", "all well")});
    server.wake();
    bench.reach_message(job, "begun");
    ASSERT_TRUE(server.cancel(job));
    bench.wait_for_worker(job);
  }

  Workbench bench;
  Uuid job;
};

// S2.16
TEST_F(ResumesAJob, UnderTheSameIdWithParentAndCreationKept) {
  Server server(bench.folder(), bench.store());
  cancel_first_attempt(server);
  const auto before = *bench.store().jobs().find(job);

  ASSERT_TRUE(server.resume(job));
  bench.open_gate("go");
  const auto after = bench.reach(job, JobState::done);

  EXPECT_EQ(after.created_on, before.created_on);
  EXPECT_EQ(after.parent_id, before.parent_id);
  EXPECT_EQ(after.attempt, 2);
  EXPECT_EQ(Workbench::message_of(after), "all well");
}

TEST_F(ResumesAJob, AndTellsTheWorkerWhichAttemptItIs) {
  Server server(bench.folder(), bench.store());
  cancel_first_attempt(server);

  ASSERT_TRUE(server.resume(job));
  bench.open_gate("go");
  bench.reach(job, JobState::done);

  const auto request = contract::read_job_request(job_directory(bench.folder(), job));
  EXPECT_EQ(request.value().attempt, 2);
  EXPECT_THAT(bench.file_of(job, "status.json"), HasSubstr("Attempt 2 begins"));
}

TEST_F(ResumesAJob, AndKeepsOneEndOfItsLog) {
  Server server(bench.folder(), bench.store());
  cancel_first_attempt(server);
  ASSERT_EQ(bench.file_of(job, "log.txt"), "Cancelled by the user.\nEOF\n");

  ASSERT_TRUE(server.resume(job));
  bench.open_gate("go");
  bench.reach(job, JobState::done);

  EXPECT_EQ(bench.file_of(job, "log.txt"), "Cancelled by the user.\nEOF\n");
}

TEST_F(ResumesAJob, OnlyWhenTheCancelledWorkerIsGone) {
  Server server(bench.folder(), bench.store());
  job = bench.post({step("ignore_sigterm", true),
                    says("RUNNING", "deaf"),
                    step("wait", bench.gate("go")),
                    says("SUCCESS")});
  server.wake();
  bench.reach_message(job, "deaf");
  const auto first = read_worker_file(job_directory(bench.folder(), job));
  ASSERT_TRUE(server.cancel(job));

  ASSERT_TRUE(server.resume(job));
  const auto waiting = bench.reach_message(job, "which is stopping");

  EXPECT_EQ(waiting.state, JobState::pending);
  EXPECT_EQ(*read_worker_file(job_directory(bench.folder(), job)), *first);
  bench.open_gate("go");  // Of the first worker.
  bench.reach_message(job, "deaf");
  bench.open_gate("go");  // Of the second one.
  EXPECT_EQ(bench.reach(job, JobState::done).attempt, 2);
  EXPECT_NE(read_worker_file(job_directory(bench.folder(), job))->process, first->process);
}

TEST_F(ResumesAJob, NeverFromAnotherStateThanError) {
  Server server(bench.folder(), bench.store());
  job = bench.post(successful);
  server.wake();
  bench.reach(job, JobState::done);

  const Status resumed = server.resume(job);

  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, ErrorCode::conflict);
  EXPECT_EQ(server.resume(Uuid::random()).error().code, ErrorCode::not_found);
}

TEST_F(ResumesAJob, AndLeavesItsFailedChildrenFailed) {
  Server server(bench.folder(), bench.store());
  cancel_first_attempt(server);
  const Uuid child = bench.post(successful, job);
  server.wake();
  bench.reach(child, JobState::error);

  ASSERT_TRUE(server.resume(job));
  bench.open_gate("go");
  bench.reach(job, JobState::done);

  EXPECT_EQ(bench.store().jobs().find(child)->state, JobState::error);
  EXPECT_THAT(Workbench::message_of(*bench.store().jobs().find(child)),
              HasSubstr("Cancelled by the user."));
}

// A refused DELETE costs nothing.
TEST_F(ResumesAJob, AndARefusedRemovalLeavesThePausingWorkerAlone) {
  Server server(bench.folder(), bench.store());
  job = bench.post({step("ignore_sigterm", true),
                    says("RUNNING", "deaf"),
                    step("wait", bench.gate("go")),
                    step("log", "saved"),
                    says("SUCCESS")});
  server.wake();
  bench.reach_message(job, "deaf");
  const auto pausing = read_worker_file(job_directory(bench.folder(), job));
  ASSERT_TRUE(server.cancel(job));
  ASSERT_TRUE(server.resume(job));

  const Status removed = server.remove(job, [&]() -> Status {
    ATHANOR_CHECK_OK(bench.store().jobs().remove(bench.user(), store::OwnerKind::model, {}, job));
    return {};
  });

  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, ErrorCode::conflict);
  EXPECT_TRUE(open_process(pausing->process.pid));
  bench.open_gate("go");  // Of the first worker, which ends as it likes.
  bench.reach_message(job, "deaf");
  EXPECT_THAT(bench.file_of(job, "log.txt"), HasSubstr("saved"));
  bench.open_gate("go");  // Of the second one.
  EXPECT_EQ(bench.reach(job, JobState::done).attempt, 2);
}

TEST_F(ResumesAJob, NotWhileItIsBeingRemoved) {
  Server server(bench.folder(), bench.store());
  cancel_first_attempt(server);
  std::promise<void> begun;
  std::promise<void> resumed;
  auto removal = std::async(std::launch::async, [&] {
    return server.remove(job, [&]() -> Status {
      begun.set_value();
      resumed.get_future().wait();
      ATHANOR_CHECK_OK(bench.store().jobs().remove(bench.user(), store::OwnerKind::model, {}, job));
      return {};
    });
  });
  begun.get_future().wait();

  const Status refused = server.resume(job);
  resumed.set_value();

  EXPECT_TRUE(removal.get());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_EQ(server.resume(job).error().code, ErrorCode::not_found);
}

TEST(Supervisor, FinishesTheWorkerOfACancelledJobAtOnce) {
  Workbench bench;
  const Uuid job = bench.post(
      {step("ignore_sigterm", true), says("RUNNING", "deaf"), step("wait", bench.gate("never"))});
  Server server(bench.folder(), bench.store());
  bench.reach_message(job, "deaf");
  const auto worker = read_worker_file(job_directory(bench.folder(), job));
  ASSERT_TRUE(server.cancel(job));

  ASSERT_TRUE(server.finish_worker(job));

  EXPECT_FALSE(open_process(worker->process.pid));
  EXPECT_FALSE(bench.store().jobs().find(job)->has_worker);
}

TEST(Supervisor, LeavesTheWorkerOfARunningJobAlone) {
  Workbench bench;
  const Uuid job =
      bench.post({says("RUNNING", "ready"), step("wait", bench.gate("go")), says("SUCCESS")});
  Server server(bench.folder(), bench.store());
  bench.reach_message(job, "ready");

  ASSERT_TRUE(server.finish_worker(job));

  bench.open_gate("go");
  EXPECT_EQ(bench.reach(job, JobState::done).state, JobState::done);
}

TEST(Supervisor, FailsARefusedJobAgainWhenItIsResumed) {
  Workbench bench;
  JobSnapshot snapshot;
  snapshot.refusal = "the model has no train_datasets";
  const Uuid job = bench.post_snapshot(snapshot);
  Server server(bench.folder(), bench.store());
  bench.reach(job, JobState::error);

  ASSERT_TRUE(server.resume(job));
  const auto record = bench.store().jobs().wait_until(
      job, [](const auto& now) { return now.attempt == 2 && now.state == JobState::error; });

  EXPECT_EQ(Workbench::message_of(record), "the model has no train_datasets");
}

TEST(Supervisor, RemovesNotedFoldersAtTheStart) {
  Workbench bench;
  ASSERT_TRUE(make_private_folder(bench.folder() / "jobs" / "old" / "artifacts"));
  bench.store().removed_folders().add("jobs/old");

  Server server(bench.folder(), bench.store());

  EXPECT_TRUE(bench.store().removed_folders().wait_until_empty());
  EXPECT_FALSE(std::filesystem::exists(bench.folder() / "jobs" / "old"));
}

TEST(Supervisor, KeepsRemovedDataUntilTheWorkerThatReadsThemIsGone) {
  Workbench bench;
  store::DatasetRecord dataset;
  dataset.id = Uuid::random();
  dataset.user_id = bench.user();
  dataset.data_folder = "datasets/one/data-1";
  ASSERT_TRUE(bench.store().datasets().insert(dataset));
  ASSERT_TRUE(make_private_folder(bench.folder() / dataset.data_folder));
  ASSERT_TRUE(make_private_folder(bench.folder() / "datasets" / "other"));
  JobSnapshot snapshot;
  snapshot.train_datasets = {dataset.id};
  snapshot.spec = {{"script", Script{says("RUNNING", "ready"), step("wait", bench.gate("go"))}}};
  const Uuid job = bench.post_snapshot(snapshot);
  Server server(bench.folder(), bench.store());
  bench.reach_message(job, "ready");

  bench.store().removed_folders().add("datasets/one");
  bench.store().removed_folders().add("datasets/other");
  server.wake();
  while (std::filesystem::exists(bench.folder() / "datasets" / "other")) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(std::filesystem::exists(bench.folder() / dataset.data_folder));
  bench.open_gate("go");

  EXPECT_TRUE(bench.store().removed_folders().wait_until_empty());
  EXPECT_FALSE(std::filesystem::exists(bench.folder() / "datasets" / "one"));
}

TEST(Supervisor, WorksOnTheRealDatabase) {
  Workbench bench;
  const auto database = store::open_store("sqlite://" + (bench.folder() / "athanor.db").string());
  ASSERT_TRUE(database) << database.error().message;
  store::ModelRecord model;
  model.id = Uuid::random();
  model.user_id = bench.user();
  model.network_arch = "classification";
  ASSERT_TRUE((*database)->models().insert(model));
  const Uuid parent = bench.post({says("RUNNING"), says("SUCCESS", "stored")});
  const Uuid child = bench.post({step("wait", bench.gate("child"))}, parent);
  std::vector jobs = {*bench.store().jobs().find(parent), *bench.store().jobs().find(child)};
  for (auto& job : jobs) {
    job.owner_id = model.id;
  }
  ASSERT_TRUE((*database)->jobs().insert(jobs));
  Server server(bench.folder(), **database);

  // The child comes to its gate only once its parent is stored as Done.
  bench.open_gate("child");

  const auto record = (*database)->jobs().find(parent);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, JobState::done);
  EXPECT_EQ(Workbench::message_of(*record), "stored");
}

}  // namespace
}  // namespace athanor::jobs
