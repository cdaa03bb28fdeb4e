#include "athanor/data/deepstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::data {

using ::testing::HasSubstr;

TEST(DeepstreamClassifierConfig, HasTheScalingOfTheMode) {
  const auto config = deepstream_classifier_config(
      {.height = 60, .width = 80, .mode = PreprocessMode::caffe}, {"predictions"}, 4);

  EXPECT_THAT(config, HasSubstr("net-scale-factor=1\n"));
  EXPECT_THAT(config, HasSubstr("offsets=103.939;116.779;123.68\n"));
  EXPECT_THAT(config, HasSubstr("model-color-format=1\n"));
  EXPECT_THAT(config, HasSubstr("infer-dims=3;60;80\n"));
  EXPECT_THAT(config, HasSubstr("batch-size=4\n"));
}

TEST(DeepstreamClassifierConfig, SaysWhereItsScaleIsAMean) {
  const auto config =
      deepstream_classifier_config({.mode = PreprocessMode::torch}, {"predictions"}, 1);

  EXPECT_THAT(config, HasSubstr("# "));
  EXPECT_THAT(config, HasSubstr("model-color-format=0\n"));
}

TEST(DeepstreamClassifierConfig, IsGrayForOneChannel) {
  const auto config = deepstream_classifier_config(
      {.channels = Channels::gray, .mode = PreprocessMode::tf}, {"a", "b"}, 1);

  EXPECT_THAT(config, HasSubstr("offsets=127.5\n"));
  EXPECT_THAT(config, HasSubstr("model-color-format=2\n"));
  EXPECT_THAT(config, HasSubstr("output-blob-names=a;b\n"));
}

}  // namespace athanor::data
