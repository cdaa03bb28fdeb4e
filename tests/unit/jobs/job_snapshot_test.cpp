#include "athanor/jobs/job_snapshot.hpp"

#include <gtest/gtest.h>

namespace athanor::jobs {
namespace {

TEST(JobSnapshot, ComesBackFromItsJson) {
  JobSnapshot snapshot;
  snapshot.network = "classification";
  snapshot.spec = {{"epochs", 3}};
  snapshot.ignored_parameters = {"train_config.n_workers"};
  snapshot.train_datasets = {Uuid::random(), Uuid::random()};
  snapshot.eval_dataset = Uuid::random();
  snapshot.ptm = Uuid::random();
  snapshot.encryption_key = Secret(std::string("my key"));
  snapshot.refusal = "no data";
  snapshot.preflight = false;

  const auto back = job_snapshot_from_json(to_json(snapshot));

  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->network, snapshot.network);
  EXPECT_EQ(back->spec, snapshot.spec);
  EXPECT_EQ(back->ignored_parameters, snapshot.ignored_parameters);
  EXPECT_EQ(back->train_datasets, snapshot.train_datasets);
  EXPECT_EQ(back->eval_dataset, snapshot.eval_dataset);
  EXPECT_EQ(back->inference_dataset, std::nullopt);
  EXPECT_EQ(back->calibration_dataset, std::nullopt);
  EXPECT_EQ(back->ptm, snapshot.ptm);
  EXPECT_EQ(back->encryption_key.expose(), "my key");
  EXPECT_EQ(back->refusal, "no data");
  EXPECT_FALSE(back->preflight);
}

TEST(JobSnapshot, HasTheDefaultKeyWhereNoneIsStored) {
  EXPECT_EQ(job_snapshot_from_json(Json::object())->encryption_key.expose(), "tlt_encode");
}

TEST(JobSnapshot, NamesTheMemberThatIsWrong) {
  const auto message_for = [](const char* text) {
    return job_snapshot_from_json(Json::parse(text)).error().message;
  };

  EXPECT_EQ(message_for(R"({"train_datasets": [7]})"), "train_datasets[0]: not a UUID");
  EXPECT_EQ(message_for(R"({"eval_dataset": "x"})"), "eval_dataset: not a UUID");
  EXPECT_EQ(message_for(R"({"ignored_parameters": "x"})"), "ignored_parameters: not a list");
  EXPECT_EQ(message_for(R"({"spec": []})"), "spec: not an object");
  EXPECT_EQ(message_for(R"({"preflight": 1})"), "preflight: not true or false");
}

}  // namespace
}  // namespace athanor::jobs
