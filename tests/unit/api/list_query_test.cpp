#include "athanor/api/list_query.hpp"

#include <gtest/gtest.h>

namespace athanor::api {
namespace {

store::ListQuery parse(std::vector<std::pair<std::string, std::string>> query) {
  http::Request request;
  request.query = std::move(query);
  return parse_list_query(request);
}

TEST(ListQuery, IgnoresGarbageInNumbers) {
  for (const char* garbage : {"", "ten", "-1", "1.5", "99999999999999999999"}) {
    const auto query = parse({{"skip", garbage}, {"size", garbage}});
    EXPECT_EQ(query.skip, 0U) << garbage;
    EXPECT_EQ(query.size, std::nullopt) << garbage;
  }
}

TEST(ListQuery, TakesASizeOfZero) {
  EXPECT_EQ(parse({{"size", "0"}}).size, 0U);
}

TEST(ListQuery, SortsNewestFirstUnlessToldOtherwise) {
  using Sort = store::ListQuery::Sort;
  EXPECT_EQ(parse({}).sort, Sort::date_descending);
  EXPECT_EQ(parse({{"sort", "sideways"}}).sort, Sort::date_descending);
  EXPECT_EQ(parse({{"sort", "name-ascending"}}).sort, Sort::name_ascending);
}

TEST(ListQuery, KnowsTheArchFilterByBothNames) {
  EXPECT_EQ(parse({{"arch", "unet"}}).arch, "unet");
  EXPECT_EQ(parse({{"network_arch", "unet"}}).arch, "unet");
}

TEST(ListQuery, SpellsTheArchFilterAsRecordsDo) {
  EXPECT_EQ(parse({{"arch", "efficientdet_tf1"}}).arch, "efficientdet");
  EXPECT_EQ(parse({{"arch", "alexnet"}}).arch, "alexnet");
}

TEST(ListQuery, ReadsAnythingButTrueAsNotReadOnly) {
  EXPECT_EQ(parse({{"read_only", "true"}}).read_only, true);
  EXPECT_EQ(parse({{"read_only", ""}}).read_only, false);
  EXPECT_EQ(parse({}).read_only, std::nullopt);
}

}  // namespace
}  // namespace athanor::api
