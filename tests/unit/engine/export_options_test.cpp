#include "athanor/engine/export_options.hpp"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(const Json& spec) {
  try {
    (void)read_export_options(spec);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

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

TEST(ExportOptions, NameABatchThatIsNone) {
  EXPECT_THAT(refusal({{"static_batch_size", 0}}), HasSubstr("static_batch_size: 0"));
  EXPECT_THAT(refusal({{"max_batch_size", 0}}), HasSubstr("max_batch_size: 0"));
  EXPECT_THAT(refusal({{"opt_batch_size", -2}}), HasSubstr("opt_batch_size: -2"));
}

TEST(ExportOptions, NameAUsualBatchOverTheLargest) {
  EXPECT_THAT(refusal({{"max_batch_size", 4}, {"opt_batch_size", 8}}),
              AllOf(HasSubstr("opt_batch_size: 8"), HasSubstr("max_batch_size, 4")));
}

TEST(ExportOptions, NameASmallestBatchOverTheOthers) {
  EXPECT_THAT(refusal({{"min_batch_size", 4}, {"opt_batch_size", 2}}),
              HasSubstr("min_batch_size: 4 is more than opt_batch_size, 2"));
  EXPECT_THAT(refusal({{"min_batch_size", 40}}),
              HasSubstr("min_batch_size: 40 is more than max_batch_size, 32"));
}

TEST(ExportOptions, TellWhatEngineDeepStreamMakes) {
  const auto options = read_export_options({{"data_type", "fp16"}, {"max_workspace_size", 4096}});

  EXPECT_EQ(options.precision, runtime::Precision::fp16);
  EXPECT_EQ(options.workspace_bytes, 4096);
  EXPECT_THAT(refusal({{"max_workspace_size", 0}}),
              HasSubstr("max_workspace_size: 0 is no number of bytes"));
}

}  // namespace athanor::engine
