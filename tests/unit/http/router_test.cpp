#include "athanor/http/router.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace athanor::http {
namespace {

Route make(Method method, std::string pattern) {
  Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  return route;
}

/// The pattern that answers, "405: ..." or "404".
std::string found(const Router& router, Method method, std::string_view path) {
  const auto outcome = router.find(method, path);
  if (const auto* match = std::get_if<Router::Match>(&outcome)) {
    return match->route->pattern;
  }
  if (const auto* wrong = std::get_if<Router::NoSuchMethod>(&outcome)) {
    return "405: " + wrong->allow;
  }
  return "404";
}

TEST(Router, BindsParametersInTheOrderOfThePattern) {
  const Router router({make(Method::get, "/user/{user_id}/job/{job_id}")});

  const auto outcome = router.find(Method::get, "/user/ann/job/7");

  using Bound = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(std::get<Router::Match>(outcome).path_parameters,
            (Bound{{"user_id", "ann"}, {"job_id", "7"}}));
}

TEST(Router, PrefersLiteralSegments) {
  const Router router({make(Method::get, "/job/{id}"), make(Method::get, "/job/latest")});

  EXPECT_EQ(found(router, Method::get, "/job/latest"), "/job/latest");
  EXPECT_EQ(found(router, Method::get, "/job/other"), "/job/{id}");
}

TEST(Router, GoesBackToAParameterWhereALiteralLeadsNowhere) {
  const Router router({make(Method::get, "/job/latest/log"), make(Method::get, "/job/{id}/spec")});

  EXPECT_EQ(found(router, Method::get, "/job/latest/spec"), "/job/{id}/spec");
}

TEST(Router, FallsBackToAParameterForAMethodThatTheLiteralLacks) {
  const Router router({make(Method::get, "/job/latest"), make(Method::delete_, "/job/{id}")});

  EXPECT_EQ(found(router, Method::delete_, "/job/latest"), "/job/{id}");
}

TEST(Router, NamesTheAllowedMethods) {
  const Router router({make(Method::get, "/a/b"), make(Method::post, "/a/{x}")});

  EXPECT_EQ(found(router, Method::put, "/a/b"), "405: GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(found(router, Method::get, "/a/c"), "405: POST, OPTIONS");
}

TEST(Router, AnswersHeadByTheGetRoute) {
  const Router router({make(Method::get, "/a")});

  EXPECT_EQ(found(router, Method::head, "/a"), "/a");
}

TEST(Router, KnowsOnlyExactPaths) {
  const Router router({make(Method::get, "/"), make(Method::get, "/a/{x}")});

  EXPECT_EQ(found(router, Method::get, "/"), "/");
  EXPECT_EQ(found(router, Method::get, "/a"), "404");
  EXPECT_EQ(found(router, Method::get, "/a/"), "404");
  EXPECT_EQ(found(router, Method::get, "/a/b/"), "404");
  EXPECT_EQ(found(router, Method::get, "/a/b/c"), "404");
}

TEST(Router, DecodesParametersAfterSplittingThePath) {
  const Router router({make(Method::get, "/file/{name}")});

  const auto outcome = router.find(Method::get, "/file/a%2Fb%20c");

  EXPECT_EQ(std::get<Router::Match>(outcome).path_parameters.front().second, "a/b c");
}

TEST(Router, ALastParameterMayTakeTheRestOfThePath) {
  const Router router({make(Method::get, "/job/{id}/files"),
                       make(Method::get, "/job/{id}/files/{path...}"),
                       make(Method::get, "/job/{id}/files/index")});

  const auto outcome = router.find(Method::get, "/job/7/files/a/b%20c/d.txt");

  using Bound = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(std::get<Router::Match>(outcome).path_parameters,
            (Bound{{"id", "7"}, {"path", "a/b c/d.txt"}}));
  EXPECT_EQ(found(router, Method::get, "/job/7/files"), "/job/{id}/files");
  EXPECT_EQ(found(router, Method::get, "/job/7/files/index"), "/job/{id}/files/index");
  EXPECT_EQ(found(router, Method::get, "/job/7/files/index/a"), "/job/{id}/files/{path...}");
  EXPECT_EQ(found(router, Method::get, "/job/7/files/"), "404");
  EXPECT_EQ(found(router, Method::post, "/job/7/files/a/b"), "405: GET, HEAD, OPTIONS");
}

TEST(Router, RefusesTheSameRouteTwice) {
  EXPECT_THROW(Router({make(Method::get, "/a/{x}"), make(Method::get, "/a/{y}")}),
               std::invalid_argument);
}

TEST(Router, StaysUsableAfterAMove) {
  Router first({make(Method::get, "/a")});

  const Router second(std::move(first));

  EXPECT_EQ(found(second, Method::get, "/a"), "/a");
}

}  // namespace
}  // namespace athanor::http
