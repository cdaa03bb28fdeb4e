#include "athanor/api/problem.hpp"

#include <gtest/gtest.h>

#include "athanor/api/reply.hpp"

namespace athanor::api {
namespace {

http::Response refused(std::string_view accept) {
  auto reply = error_reply(404, "Job not found");
  offer_problem(accept, reply);
  return reply;
}

bool is_problem(const http::Response& reply) {
  return reply.headers.find("Content-Type") == "application/problem+json";
}

TEST(Problem, CarriesTheKeysOfTheEnvelopeToo) {
  const auto reply = refused("application/problem+json");

  ASSERT_TRUE(is_problem(reply));
  EXPECT_EQ(std::get<std::string>(reply.body),
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
            "\"detail\":\"Job not found\",\"error_desc\":\"Job not found\","
            "\"error_code\":404}\n");
}

TEST(Problem, IsForThoseWhoNameIt) {
  EXPECT_TRUE(is_problem(refused("application/json, Application/Problem+JSON;q=0.5")));
  EXPECT_TRUE(is_problem(refused("text/html ,application/problem+json ; q=1")));
  EXPECT_FALSE(is_problem(refused("*/*")));
  EXPECT_FALSE(is_problem(refused("application/json")));
  EXPECT_FALSE(is_problem(refused("application/problem+json;q=0")));
  EXPECT_FALSE(is_problem(refused("application/problem+json; q=0.00")));
  EXPECT_FALSE(is_problem(refused("")));
  EXPECT_FALSE(is_problem(refused(",;,")));
}

TEST(Problem, LeavesOtherRepliesAlone) {
  auto unhealthy = json_reply(400, "Error");
  offer_problem("application/problem+json", unhealthy);
  EXPECT_EQ(std::get<std::string>(unhealthy.body), "\"Error\"\n");
  EXPECT_FALSE(is_problem(unhealthy));

  http::Response file{404, {}, http::FileBody{"x", "text/plain"}};
  offer_problem("application/problem+json", file);
  EXPECT_FALSE(is_problem(file));
}

}  // namespace
}  // namespace athanor::api
