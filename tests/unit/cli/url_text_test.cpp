#include "athanor/cli/url_text.hpp"

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

TEST(UrlText, PathsKeepTheirSlashesAndEscapeTheRest) {
  EXPECT_EQ(path_text("weights/a b?.onnx"), "weights/a%20b%3F.onnx");
  EXPECT_EQ(path_text("ü"), "%C3%BC");
  EXPECT_EQ(path_text(""), "");
}

TEST(UrlText, EmptyPartsOfAPathStayEmpty) {
  EXPECT_EQ(path_text("a//b/"), "a//b/");
}

TEST(UrlText, QueriesHoldWhatHasAValue) {
  EXPECT_EQ(query_text({}), "");
  EXPECT_EQ(query_text({{"name", std::nullopt}, {"type", std::nullopt}}), "");
  EXPECT_EQ(query_text({{"name", "a&b"}, {"type", std::nullopt}, {"sort", ""}}),
            "?name=a%26b&sort=");
}

TEST(UrlText, OnlyHttpToOtherMachinesIsInTheClear) {
  EXPECT_TRUE(is_in_the_clear("http://example.org:8000"));
  EXPECT_FALSE(is_in_the_clear("http://127.0.0.1:8000"));
  EXPECT_FALSE(is_in_the_clear("http://[::1]:8000"));
  EXPECT_FALSE(is_in_the_clear("http://localhost/prefix"));
  EXPECT_FALSE(is_in_the_clear("https://example.org"));
}

TEST(UrlText, HostsThatBeginLikeThisMachineAreOthers) {
  for (const char* url : {"http://localhost.example.org:8000",
                          "http://127.0.0.1.example.org",
                          "http://127.example.org/prefix",
                          "http://localhost@example.org"}) {
    EXPECT_TRUE(is_in_the_clear(url)) << url;
  }
}

}  // namespace
}  // namespace athanor::cli
