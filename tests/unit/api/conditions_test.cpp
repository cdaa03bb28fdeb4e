#include "athanor/api/conditions.hpp"

#include <gtest/gtest.h>

#include "athanor/api/reply.hpp"

namespace athanor::api {
namespace {

const Json record = {{"id", "1"}, {"name", "n"}, {"jobs", Json::array()}};

Json with(Json changed, const char* key, Json value) {
  changed[key] = std::move(value);
  return changed;
}

Call call_with(http::Method method, const char* name, const std::string& value) {
  Call call;
  call.request.method = method;
  call.request.headers.add(name, value);
  return call;
}

bool may_change(const char* name, const std::string& value, const std::optional<std::string>& tag) {
  const auto status = check_conditions(call_with(http::Method::put, name, value), tag);
  EXPECT_TRUE(status || status.error().code == ErrorCode::outdated);
  return status.has_value();
}

TEST(Conditions, TagEveryChangeOfARecordAndOfItsJobs) {
  const auto tag = record_tag(record);

  EXPECT_EQ(record_tag(record), tag);
  EXPECT_NE(record_tag(with(record, "name", "m")), tag);
  EXPECT_NE(record_tag(with(record, "jobs", Json::array({1}))), tag);
  EXPECT_NE(text_tag("a"), text_tag("b"));
}

TEST(Conditions, LetTheReaderOfTheSameCopyHave304) {
  const auto tag = record_tag(record);
  const auto reply =
      tagged(call_with(http::Method::get, "If-None-Match", tag), json_reply(200, record), tag);

  EXPECT_EQ(reply.status, 304);
  EXPECT_EQ(std::get<std::string>(reply.body), "");
  EXPECT_EQ(reply.headers.find("ETag"), tag);
}

TEST(Conditions, SendWhatTheReaderDoesNotHave) {
  const auto tag = record_tag(with(record, "jobs", Json::array({1})));
  const auto reply = tagged(call_with(http::Method::get, "If-None-Match", record_tag(record)),
                            json_reply(200, record),
                            tag);

  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.find("ETag"), tag);
}

TEST(Conditions, AllowAChangeOfWhatWasRead) {
  const auto tag = record_tag(record);

  EXPECT_TRUE(may_change("If-Match", tag, tag));
  EXPECT_TRUE(may_change("If-Match", "\"other\", " + tag, tag));
  EXPECT_TRUE(may_change("If-Match", "*", tag));
  EXPECT_TRUE(may_change("If-Match", text_tag("spec"), text_tag("spec")));
  EXPECT_TRUE(may_change("X-Other", "\"x\"", tag));
}

TEST(Conditions, DoNotCountJobsAsChangesOfARecord) {
  const auto read = record_tag(record);
  const auto now = record_tag(with(record, "jobs", Json::array({1})));

  EXPECT_TRUE(may_change("If-Match", read, now));
}

TEST(Conditions, RefuseAChangeOfWhatHasChangedMeanwhile) {
  const auto now = record_tag(with(record, "name", "m"));

  EXPECT_FALSE(may_change("If-Match", record_tag(record), now));
  EXPECT_FALSE(may_change("If-Match", "W/" + now, now)) << "weak tags do not match strongly";
  EXPECT_FALSE(may_change("If-Match", "", now));
  EXPECT_FALSE(may_change("If-Match", "-", now));
  EXPECT_FALSE(may_change("If-Match", "*", std::nullopt)) << "nothing is there";
}

TEST(Conditions, LetNoneMatchMeanThatItMustBeNew) {
  EXPECT_TRUE(may_change("If-None-Match", "*", std::nullopt));
  EXPECT_FALSE(may_change("If-None-Match", "*", text_tag("spec")));
  EXPECT_TRUE(may_change("If-None-Match", text_tag("other"), text_tag("spec")));
}

}  // namespace
}  // namespace athanor::api
