#include "athanor/cli/key_value.hpp"

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

Json assigned(const std::string& assignment) {
  Json document = Json::object();
  const auto done = apply_assignment(document, assignment);
  EXPECT_TRUE(done) << assignment;
  return document;
}

TEST(KeyValue, DotsNameNestedObjects) {
  EXPECT_EQ(to_text(assigned("a.b.c=1")), R"({"a":{"b":{"c":1}}})");
}

TEST(KeyValue, JsonValuesKeepTheirType) {
  EXPECT_EQ(to_text(assigned("x=true")), R"({"x":true})");
  EXPECT_EQ(to_text(assigned("x=0.5")), R"({"x":0.5})");
  EXPECT_EQ(to_text(assigned("x=[0.3,0.6]")), R"({"x":[0.3,0.6]})");
  EXPECT_EQ(to_text(assigned("x=null")), R"({"x":null})");
}

TEST(KeyValue, WhatIsNotJsonIsAString) {
  EXPECT_EQ(to_text(assigned("arch=resnet")), R"({"arch":"resnet"})");
  EXPECT_EQ(to_text(assigned("size=1,28,28")), R"({"size":"1,28,28"})");
  EXPECT_EQ(to_text(assigned("x=")), R"({"x":""})");
}

TEST(KeyValue, OnlyTheFirstEqualsSeparates) {
  EXPECT_EQ(to_text(assigned("x=a=b")), R"({"x":"a=b"})");
}

TEST(KeyValue, LaterAssignmentsWin) {
  Json document = {{"n", 1}};
  const std::vector<std::string> assignments = {"n=2", "n=3"};

  ASSERT_TRUE(apply_assignments(document, assignments));

  EXPECT_EQ(document["n"], 3);
}

TEST(KeyValue, MissingEqualsIsAnErrorThatShowsTheForm) {
  Json document;
  const auto done = apply_assignment(document, "n_epochs");

  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(done.error().message.find("KEY=VALUE"), std::string::npos);
}

TEST(KeyValue, EmptyStepsOfThePathAreRefused) {
  Json document;
  for (const char* assignment : {"=1", ".a=1", "a.=1", "a..b=1"}) {
    EXPECT_FALSE(apply_assignment(document, assignment)) << assignment;
  }
}

}  // namespace
}  // namespace athanor::cli
