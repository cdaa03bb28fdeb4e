#include "athanor/compile/calibration_table.hpp"

#include <limits>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::compile {

namespace {

using ::testing::HasSubstr;

CalibrationTable sample_table() {
  return {CalibrationMethod::percentile,
          "00ff",
          20,
          {{"conv1", {-1.25F, 3.1F, 2.9F}}, {"fc", {0, 0.1F, 0.09F}}}};
}

TEST(CalibrationTable, IsReadAsItWasWritten) {
  const athanor::testing::TempDir folder;
  const auto path = folder.path() / "calibration.json";

  ASSERT_TRUE(write_calibration_table(path, sample_table()));

  EXPECT_EQ(read_calibration_table(path).value(), sample_table());
}

TEST(CalibrationTable, NamesWhatIsWrongInIt) {
  const auto text = render_calibration_table(sample_table());
  const auto with = [&](const std::string& from, const std::string& to) {
    auto changed = text;
    changed.replace(changed.find(from), from.size(), to);
    const auto table = parse_calibration_table(changed);
    return table ? std::string("accepted") : table.error().message;
  };
  EXPECT_THAT(with("\"version\": 1", "\"version\": 2"), HasSubstr("version"));
  EXPECT_THAT(with("\"percentile\"", "\"guess\""), HasSubstr("guess"));
  EXPECT_THAT(with("\"pictures\": 20", "\"pictures\": -1"), HasSubstr("pictures"));
  EXPECT_THAT(with("\"threshold\": 2.9", "\"threshold\": 0, \"x\": 2.9"), HasSubstr("conv1"));
  EXPECT_THAT(with("\"smallest\": -1.25", "\"smallest\": -1.25e300"), HasSubstr("smallest"));
  EXPECT_THAT(with("\"smallest\": -1.25", "\"smallest\": \"low\""), HasSubstr("smallest"));
  EXPECT_THAT(with("\"ranges\"", "\"rangs\""), HasSubstr("ranges"));
  EXPECT_FALSE(parse_calibration_table("[]"));
  EXPECT_FALSE(parse_calibration_table(""));
}

}  // namespace

}  // namespace athanor::compile
