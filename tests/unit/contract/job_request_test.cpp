#include "athanor/contract/job_request.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::contract {
namespace {

using athanor::testing::TempDir;
using ::testing::HasSubstr;

JobRequest full_request() {
  const DatasetInput dataset{"d1", "image_classification", "default", "/data/d1"};
  JobRequest request;
  request.job_id = "j1";
  request.network = "classification";
  request.action = "evaluate";
  request.spec = {{"eval_config", {{"top_k", 5}}}};
  request.ignored_parameters = {"gpus"};
  request.train_datasets = {dataset, dataset};
  request.eval_dataset = dataset;
  request.parent = ParentInput{"j0", "train", "/jobs/j0/artifacts"};
  request.pretrained = PretrainedInput{"m1", "resnet18", "/pretrained/m1/weights.safetensors"};
  request.threads = 2;
  request.preflight = false;
  return request;
}

TEST(JobRequest, SurvivesTheWayThroughItsFile) {
  const TempDir folder;
  ASSERT_TRUE(write_job_request(folder.path(), full_request()));
  const auto read = read_job_request(folder.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(full_request()));
  EXPECT_EQ(read->parent->artifacts, "/jobs/j0/artifacts");
  EXPECT_EQ(read->pretrained->weights, "/pretrained/m1/weights.safetensors");
  EXPECT_FALSE(read->inference_dataset);
}

TEST(JobRequest, SurvivesWithoutAnyInput) {
  const auto read = job_request_from_json(to_json(JobRequest{}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->train_datasets.empty());
  EXPECT_FALSE(read->parent);
}

TEST(JobRequest, OfAnOlderServerHasNoPretrainedModel) {
  Json json = to_json(full_request());
  json.erase("pretrained");
  const auto read = job_request_from_json(json);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->pretrained);
}

TEST(JobRequest, OfAnOlderServerForecasts) {
  Json json = to_json(full_request());
  json.erase("preflight");
  EXPECT_TRUE(job_request_from_json(json)->preflight);
}

TEST(JobRequest, OfAnotherVersionIsRefused) {
  Json json = to_json(full_request());
  json["format_version"] = format_version + 1;
  const auto read = job_request_from_json(json);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::unsupported);
}

TEST(JobRequest, WithoutAKeyIsRefusedByName) {
  Json json = to_json(full_request());
  json.erase("action");
  EXPECT_THAT(job_request_from_json(json).error().message, HasSubstr("action"));
}

TEST(JobRequest, OfAWrongTypeIsRefused) {
  Json json = to_json(full_request());
  json["train_datasets"] = "d1";
  EXPECT_FALSE(job_request_from_json(json));
  EXPECT_FALSE(job_request_from_json(Json::array()));
}

TEST(JobRequest, ThatIsMissingIsNotFound) {
  const TempDir folder;
  EXPECT_EQ(read_job_request(folder.path()).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace athanor::contract
