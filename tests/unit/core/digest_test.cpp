#include "athanor/core/digest.hpp"

#include <gtest/gtest.h>

namespace athanor {
namespace {

// The oracle is `printf abc | b2sum -l 256`.
TEST(Digest, IsBlake2b) {
  Digest digest;
  digest.add("a");
  digest.add("bc");

  EXPECT_EQ(digest.hex(), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Digest, OfNothing) {
  EXPECT_EQ(Digest().hex(), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

}  // namespace
}  // namespace athanor
