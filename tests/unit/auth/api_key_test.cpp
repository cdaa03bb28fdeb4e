#include "athanor/auth/api_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ApiKey, ARandomOneIsParsedBack) {
  const auto key = ApiKey::random();
  const auto parsed = ApiKey::parse(key.text.expose());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->id, key.id);
  EXPECT_EQ(parsed->text.expose(), key.text.expose());
  EXPECT_THAT(key.text.expose(), StartsWith("ath_" + key.id + "_"));
}

TEST(ApiKey, NoTwoAreAlike) {
  EXPECT_NE(ApiKey::random().text.expose(), ApiKey::random().text.expose());
}

TEST(ApiKey, OtherFormsAreNone) {
  const std::string secret(43, 'A');
  ASSERT_TRUE(ApiKey::parse("ath_0123456789abcdef_" + secret));
  for (const auto& text : {std::string(),
                           std::string("nvapi-secret"),
                           "ath_0123456789abcdef_" + secret + "A",
                           "ath_0123456789abcdef_" + secret.substr(1),
                           "ath_0123456789abcdef-" + secret,
                           "ath_0123456789ABCDEF_" + secret,
                           "ath_0123456789abcdeg_" + secret,
                           "ATH_0123456789abcdef_" + secret,
                           "ath_0123456789abcdef_" + std::string(42, 'A') + "=",
                           "ath_0123456789abcdef_" + std::string(42, 'A') + "B",
                           "ath_0123456789abcdef_" + std::string(42, 'A') + "+"}) {
    EXPECT_FALSE(ApiKey::parse(text)) << text;
  }
}

TEST(ApiKey, ItsHashIsArgon2idAndHoldsNothingOfIt) {
  const auto key = ApiKey::random();
  const auto hash = hash_of(key);
  ASSERT_TRUE(hash);
  EXPECT_THAT(*hash, StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_THAT(*hash, Not(HasSubstr(key.text.expose().substr(21))));
  EXPECT_NE(*hash, *hash_of(key)) << "the salt is missing";
}

TEST(ApiKey, MatchesItsOwnHashAlone) {
  const auto key = ApiKey::random();
  const auto hash = hash_of(key);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(matches(key, *hash));
  const ApiKey same_id{key.id, Secret("ath_" + key.id + "_" + std::string(43, 'A'))};
  EXPECT_FALSE(matches(same_id, *hash));
  EXPECT_FALSE(matches(key, ""));
}

TEST(ApiKey, HasNoSecondSpellingBeyondAscii) {
  const std::string head = "ath_0123456789abcdef_" + std::string(23, 'A');
  ASSERT_TRUE(ApiKey::parse(head + std::string(20, 'A')));
  for (const char c : {'\xbf', '\xbe', '\xff', '\x80'}) {
    EXPECT_FALSE(ApiKey::parse(head + c + std::string(19, 'A')));
  }
}

}  // namespace
}  // namespace athanor::auth
