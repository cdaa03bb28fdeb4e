#include "athanor/engine/export_options.hpp"

#include <gtest/gtest.h>

namespace athanor::engine {

TEST(ExportOptions, LeaveTheBatchOpenUnlessItIsFixed) {
  EXPECT_EQ(read_export_options(Json::object()).batch_size, 0);
  EXPECT_EQ(read_export_options({{"static_batch_size", nullptr}}).batch_size, 0);
  EXPECT_EQ(read_export_options({{"static_batch_size", -1}}).batch_size, 0);
  EXPECT_EQ(read_export_options({{"static_batch_size", 3}}).batch_size, 3);
}

TEST(ExportOptions, AllowAtLeastTheUsualBatch) {
  const auto options = read_export_options({{"opt_batch_size", 64}});

  EXPECT_EQ(options.usual_batch, 64);
  EXPECT_EQ(options.largest_batch, 64);
}

TEST(ExportOptions, AllowAtLeastTheSmallestBatch) {
  const auto options = read_export_options({{"min_batch_size", 40}});

  EXPECT_EQ(options.smallest_batch, 40);
  EXPECT_EQ(options.largest_batch, 40);
}

TEST(ExportOptions, TellWhatEngineDeepStreamMakes) {
  const auto options = read_export_options({{"data_type", "fp16"}, {"max_workspace_size", 4096}});

  EXPECT_EQ(options.precision, runtime::Precision::fp16);
  EXPECT_EQ(options.workspace_bytes, 4096);
  EXPECT_FALSE(options.strict_precision);
  EXPECT_TRUE(read_export_options({{"strict_type_constraints", true}}).strict_precision);
}

TEST(ExportOptions, TellOnWhatTensorRtIsCalibrated) {
  const auto options =
      read_export_options({{"batches", 3}, {"batch_size", 5}, {"force_ptq", true}});

  EXPECT_EQ(options.calibration.pictures, 15);
  EXPECT_EQ(options.calibration.batch_size, 5);
  EXPECT_EQ(options.calibration.target, compile::CalibrationTarget::tensorrt);
  EXPECT_TRUE(options.force_calibration);
  EXPECT_FALSE(read_export_options(Json::object()).force_calibration);
}

}  // namespace athanor::engine
