#include "athanor/engine/conversion_options.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

using ::testing::ElementsAre;

std::string refusal_of(const Json& spec) {
  try {
    (void)read_conversion_options(spec);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST(ConversionOptions, AreThoseOfTheSpec) {
  const auto options = read_conversion_options({{"data_type", "int8"},
                                                {"batch_size", 4},
                                                {"batches", 5},
                                                {"max_batch_size", 16},
                                                {"athanor",
                                                 {{"calibration_method", "percentile"},
                                                  {"calibration_percentile", 99.5},
                                                  {"accuracy_budget", 2.5},
                                                  {"threads", 3}}}});

  EXPECT_EQ(options.precision, runtime::Precision::int8);
  EXPECT_EQ(options.calibration.batch_size, 4);
  EXPECT_EQ(options.calibration.pictures, 20);
  EXPECT_EQ(options.max_batch, 16);
  EXPECT_EQ(options.calibration.method, compile::CalibrationMethod::percentile);
  EXPECT_EQ(options.calibration.percentile, 99.5);
  EXPECT_EQ(options.calibration.target, compile::CalibrationTarget::engine);
  EXPECT_EQ(options.accuracy_budget, 2.5);
  EXPECT_EQ(options.threads, 3);
}

TEST(ConversionOptions, OfAnEmptySpecMakeAFloatEngineWithTheThreadsOfTheJob) {
  const auto options = read_conversion_options(Json::object());

  EXPECT_EQ(options.precision, runtime::Precision::fp32);
  EXPECT_EQ(options.accuracy_budget, 1);
  EXPECT_EQ(options.calibration.percentile, 99.99);
  EXPECT_FALSE(options.threads);
}

// Clients of the fourth version edit the default and add t, b and p.
TEST(ConversionOptions, TheShortSpellingsGoFirst) {
  const auto options =
      read_conversion_options({{"data_type", "fp32"},
                               {"batch_size", 8},
                               {"batches", 2},
                               {"max_batch_size", 8},
                               {"t", "int8"},
                               {"b", 3},
                               {"p", "Input,1x3x224x192,8x3x224x192,16x3x224x192"}});

  EXPECT_EQ(options.precision, runtime::Precision::int8);
  EXPECT_EQ(options.calibration.pictures, 6);
  EXPECT_EQ(options.max_batch, 16);
  EXPECT_THAT(options.picture, ElementsAre(3, 224, 192));
}

TEST(ConversionOptions, RefuseShapesThatAreNone) {
  EXPECT_TRUE(refusal_of({{"p", "Input,1x3x8x8"}}).starts_with("p: "));
}

TEST(ConversionOptions, RefuseFp16) {
  EXPECT_THAT(refusal_of({{"data_type", "fp16"}}), ::testing::HasSubstr("fp16"));
}

}  // namespace athanor::engine
