#include "athanor/api/job_plan.hpp"

#include <gtest/gtest.h>

namespace athanor::api {
namespace {

ErrorCode code_of(const Json& body) {
  const auto groups = parse_job_groups(body);
  EXPECT_FALSE(groups) << body;
  return groups ? ErrorCode::internal : groups.error().code;
}

TEST(JobGroups, TakeOneObjectOrAListOfThem) {
  const Json one = {{"job", nullptr}, {"actions", Json::array({"train"})}};

  EXPECT_EQ(parse_job_groups(one)->size(), 1U);
  EXPECT_EQ(parse_job_groups(Json::array({one, one}))->size(), 2U);
}

TEST(JobGroups, MayLeaveTheParentOut) {
  const auto groups = parse_job_groups({{"actions", Json::array({"train"})}});

  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->front().parent, std::nullopt);
}

TEST(JobGroups, SpellActionsTheCanonicalWay) {
  const auto groups = parse_job_groups({{"actions", Json::array({"gen_trt_engine"})}});

  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->front().actions.front(), "convert");
}

TEST(JobGroups, RefuseAnEmptyListOfActionsAsNotFound) {
  EXPECT_EQ(code_of({{"actions", Json::array()}}), ErrorCode::not_found);
}

TEST(JobGroups, RefuseWrongTypes) {
  EXPECT_EQ(code_of("train"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(Json::array()), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(Json::object()), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of({{"actions", "train"}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of({{"actions", Json::array({1})}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of({{"job", "no id"}, {"actions", Json::array({"train"})}}),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace athanor::api
