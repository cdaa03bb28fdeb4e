#include "athanor/compile/tensorrt_table.hpp"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::compile {

namespace {

using ::testing::HasSubstr;

ActivationRange cut_at(float threshold) {
  return {-threshold, threshold, threshold};
}

std::string refusal_of_ranges(const ActivationRanges& ranges) {
  const auto table = render_tensorrt_table(ranges);
  return table ? "accepted" : table.error().message;
}

/// 3f800000 is 1, 3c010204 a 127th (Python: struct.pack(">f", 1 / 127).hex()); the line of `input`
/// stands in a table that TensorRT 8.4 wrote.
TEST(TensorRtTable, HasALineForEachTensor) {
  const ActivationRanges ranges{
      {"input", cut_at(2.64064455F)}, {"layer1/Conv: 2", cut_at(127)}, {"pool", {0, 1, 1}}};

  EXPECT_EQ(render_tensorrt_table(ranges).value(),
            "TRT-8503-EntropyCalibration2\n"
            "input: 3caa54fc\n"
            "layer1/Conv: 2: 3f800000\n"
            "pool: 3c010204\n");
}

TEST(TensorRtTable, RefusesStepsThatAreNoPositiveNumber) {
  for (const float threshold : {0.0F,
                                -1.0F,
                                std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN(),
                                std::numeric_limits<float>::min()}) {
    EXPECT_THAT(refusal_of_ranges({{"conv1", cut_at(threshold)}}), HasSubstr("range of conv1"))
        << threshold;
  }
}

TEST(TensorRtTable, RefusesToBeEmpty) {
  EXPECT_THAT(refusal_of_ranges({}), HasSubstr("no tensor"));
  EXPECT_THAT(refusal_of_ranges({{"two\nlines", cut_at(1)}}), HasSubstr("no tensor"));
}

TEST(TensorRtTable, LeavesOutNamesThatAreNoLine) {
  const auto table = render_tensorrt_table({{"a", cut_at(1)}, {"two\nlines", cut_at(1)}}).value();

  EXPECT_EQ(table, "TRT-8503-EntropyCalibration2\na: 3c010204\n");
}

}  // namespace

}  // namespace athanor::compile
