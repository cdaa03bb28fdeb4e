#include "athanor/data/deepstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::data {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(DeepstreamClassifierConfig, HasTheScalingOfTheMode) {
  const auto config =
      deepstream_classifier_config({.height = 60, .width = 80, .mode = PreprocessMode::caffe},
                                   {"predictions"},
                                   {.batch_size = 4});

  EXPECT_THAT(config, HasSubstr("net-scale-factor=1\n"));
  EXPECT_THAT(config, HasSubstr("offsets=103.939;116.779;123.68\n"));
  EXPECT_THAT(config, HasSubstr("model-color-format=1\n"));
  EXPECT_THAT(config, HasSubstr("infer-dims=3;60;80\n"));
  EXPECT_THAT(config, HasSubstr("batch-size=4\n"));
}

TEST(DeepstreamClassifierConfig, SaysWhereItsScaleIsAMean) {
  const auto config =
      deepstream_classifier_config({.mode = PreprocessMode::torch}, {"predictions"}, {});

  EXPECT_THAT(config, HasSubstr("# "));
  EXPECT_THAT(config, HasSubstr("model-color-format=0\n"));
}

TEST(DeepstreamClassifierConfig, IsGrayForOneChannel) {
  const auto config = deepstream_classifier_config(
      {.channels = Channels::gray, .mode = PreprocessMode::tf}, {"a", "b"}, {});

  EXPECT_THAT(config, HasSubstr("offsets=127.5\n"));
  EXPECT_THAT(config, HasSubstr("model-color-format=2\n"));
  EXPECT_THAT(config, HasSubstr("output-blob-names=a;b\n"));
}

TEST(DeepstreamClassifierConfig, TellsWhatTheEngineIsToBe) {
  const auto plain = deepstream_classifier_config({}, {"a"}, {});
  const auto half = deepstream_classifier_config(
      {}, {"a"}, {.mode = DeepstreamMode::fp16, .workspace_bytes = (1 << 20) + 1});
  const auto bytes = deepstream_classifier_config({}, {"a"}, {.mode = DeepstreamMode::int8});
  const auto calibrated = deepstream_classifier_config(
      {}, {"a"}, {.mode = DeepstreamMode::int8, .calibration_file = "cal.bin"});

  EXPECT_THAT(plain, AllOf(HasSubstr("network-mode=0\n"), Not(HasSubstr("workspace-size"))));
  EXPECT_THAT(half, AllOf(HasSubstr("network-mode=2\n"), HasSubstr("workspace-size=2\n")));
  EXPECT_THAT(bytes, AllOf(HasSubstr("network-mode=1\n"), HasSubstr("# int8 needs")));
  EXPECT_THAT(calibrated, AllOf(HasSubstr("int8-calib-file=cal.bin\n"), Not(HasSubstr("# int8"))));
}

}  // namespace athanor::data
