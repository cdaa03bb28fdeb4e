#include "athanor/core/keyed_hash.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace athanor {
namespace {

TEST(KeyedHash, IsTheSameForTheSameText) {
  EXPECT_EQ(keyed_hash("images/a.jpg"), keyed_hash(std::string("images/a.jpg")));
  EXPECT_EQ(keyed_hash(""), keyed_hash(std::string()));
}

TEST(KeyedHash, TellsTextsApart) {
  std::set<std::uint64_t> hashes;
  for (int i = 0; i < 10'000; ++i) {
    hashes.insert(keyed_hash(std::to_string(i)));
  }
  EXPECT_EQ(hashes.size(), 10'000U);
}

}  // namespace
}  // namespace athanor
