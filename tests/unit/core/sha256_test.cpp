#include "athanor/core/sha256.hpp"

#include <gtest/gtest.h>

namespace athanor {

namespace {

// FIPS 180-4's examples; `printf abc | sha256sum` says the same.
TEST(Sha256, MakesThePublishedDigests) {
  Sha256 empty;
  EXPECT_EQ(empty.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 pieces;
  pieces.add("a");
  pieces.add("bc");
  EXPECT_EQ(pieces.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace

}  // namespace athanor
