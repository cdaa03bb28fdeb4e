#include "athanor/api/reply.hpp"

#include <gtest/gtest.h>

namespace athanor::api {
namespace {

TEST(Reply, EveryKindOfErrorHasAnErrorStatus) {
  for (const auto code : all_error_codes) {
    EXPECT_GE(http_status(code), 400) << name_of(code);
    EXPECT_LT(http_status(code), 600) << name_of(code);
  }
}

TEST(Reply, TheEnvelopeRepeatsTheStatus) {
  const auto reply = error_reply(Error{ErrorCode::not_found, "Job not found"});

  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(std::get<std::string>(reply.body),
            "{\"error_desc\":\"Job not found\",\"error_code\":404}\n");
  EXPECT_EQ(reply.headers.find("content-type"), "application/json");
}

TEST(Reply, APageIsTheTextOfAListAndTheNumberOfAll) {
  ListText list;
  list.add({{"id", 1}, {"name", "\xff"}});
  list.add(Json::array());

  const auto reply = page_reply(std::move(list), 7);

  EXPECT_EQ(std::get<std::string>(reply.body), "[{\"id\":1,\"name\":\"\uFFFD\"},[]]\n");
  EXPECT_EQ(reply.headers.find("x-pagination-total"), "7");
}

TEST(Reply, AnEmptyPageIsAnEmptyList) {
  EXPECT_EQ(std::get<std::string>(page_reply(ListText(), 0).body), "[]\n");
}

TEST(Reply, ATimeOutIsTheClientsAndNotTheServers) {
  const auto reply = error_reply(Error{ErrorCode::timed_out, "too slow"});

  EXPECT_EQ(reply.status, 408);
  EXPECT_FALSE(reply.headers.find("Retry-After"));
}

TEST(Reply, InUseIsABadRequestAsInTheOriginal) {
  EXPECT_EQ(http_status(ErrorCode::conflict), 400);
}

}  // namespace
}  // namespace athanor::api
