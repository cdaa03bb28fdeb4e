#include "athanor/runtime/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::runtime {

namespace {

using ::testing::HasSubstr;

TEST(Machine, SuitsEnginesMadeHere) {
  EXPECT_TRUE(check_machine(this_machine()));
}

TEST(Machine, RefusesEnginesOfOtherProcessorsAndVersionsWithTheMend) {
  for (auto Machine::*member :
       {&Machine::architecture, &Machine::isa, &Machine::onednn, &Machine::athanor}) {
    auto other = this_machine();
    other.*member = "another";

    const auto status = check_machine(other);

    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::unsupported);
    EXPECT_THAT(status.error().message, HasSubstr("another"));
    EXPECT_THAT(status.error().message, HasSubstr(this_machine().*member));
    EXPECT_THAT(status.error().message, HasSubstr("with convert"));
  }
}

TEST(Machine, SurvivesJson) {
  EXPECT_EQ(machine_from_json(to_json(this_machine())).value(), this_machine());
  EXPECT_FALSE(machine_from_json(Json::object()));
}

TEST(Precision, IsReadByItsNameOnly) {
  for (const auto precision : {Precision::fp32, Precision::fp16, Precision::int8}) {
    EXPECT_EQ(parse_precision(name_of(precision)).value(), precision);
  }
  EXPECT_THAT(parse_precision("FP32").error().message, HasSubstr("fp32, fp16 or int8"));
}

TEST(Precision, IsRefusedWhereTheMachineLacksIt) {
  EXPECT_TRUE(check_precision(Precision::fp32));
  EXPECT_TRUE(check_precision(Precision::int8));

  const auto status = check_precision(Precision::fp16);

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::unsupported);
  EXPECT_THAT(status.error().message, HasSubstr("choose fp32 or int8"));
}

}  // namespace

}  // namespace athanor::runtime
