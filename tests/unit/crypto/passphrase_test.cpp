#include "athanor/crypto/passphrase.hpp"

#include <gtest/gtest.h>

namespace athanor::crypto {
namespace {

Passphrase of(const char* text) {
  return Passphrase(Secret(std::string(text)));
}

/// Quick to follow.
KeyRecipe cheap(unsigned char salt) {
  KeyRecipe recipe;
  recipe.salt.fill(salt);
  recipe.passes = 1;
  recipe.memory_kib = 8;
  return recipe;
}

TEST(Passphrase, GivesKeysThatDependOnTextSaltAndCosts) {
  auto dearer = cheap(1);
  dearer.passes = 2;
  auto larger = cheap(1);
  larger.memory_kib = 16;
  const auto stream = of("a").keys(cheap(1)).value()->stream;

  EXPECT_EQ(of("a").keys(cheap(1)).value()->stream, stream);
  EXPECT_NE(of("b").keys(cheap(1)).value()->stream, stream);
  EXPECT_NE(of("a").keys(cheap(2)).value()->stream, stream);
  EXPECT_NE(of("a").keys(dearer).value()->stream, stream);
  EXPECT_NE(of("a").keys(larger).value()->stream, stream);
}

TEST(Passphrase, GivesDifferentKeysForDifferentUses) {
  const auto keys = of("a").keys(cheap(1)).value();

  EXPECT_NE(keys->stream, keys->check);
}

TEST(Passphrase, FollowsARecipeOnce) {
  const auto passphrase = of("a");
  const Passphrase copy = passphrase;

  EXPECT_EQ(passphrase.keys(cheap(1)).value(), copy.keys(cheap(1)).value());
  EXPECT_NE(passphrase.keys(cheap(1)).value(), copy.keys(cheap(2)).value());
}

TEST(Passphrase, SealsAllFilesOfAJobWithOneSalt) {
  const auto passphrase = of("a");

  const auto keys = passphrase.keys_to_seal().value();

  EXPECT_EQ(passphrase.keys_to_seal().value(), keys);
  EXPECT_NE(of("a").keys_to_seal().value()->recipe.salt, keys->recipe.salt);
}

TEST(Passphrase, SealsWithTheSaltOfTheFilesItOpened) {
  KeyRecipe recipe;
  recipe.salt.fill(7);
  const auto passphrase = of("a");
  const auto opened = passphrase.keys(recipe).value();

  EXPECT_EQ(passphrase.keys_to_seal().value(), opened);
}

TEST(Passphrase, SealsAtNoLowerCostThanWanted) {
  const auto passphrase = of("a");
  (void)passphrase.keys(cheap(1)).value();

  const auto keys = passphrase.keys_to_seal().value();

  EXPECT_EQ(keys->recipe.passes, limits::seal_passes);
  EXPECT_EQ(keys->recipe.memory_kib * limits::kib, limits::seal_memory_bytes);
}

}  // namespace
}  // namespace athanor::crypto
