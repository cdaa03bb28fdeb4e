#include "athanor/auth/token.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include "support/temp_dir.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::auth {
namespace {

namespace fs = std::filesystem;
using athanor::testing::TempDir;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const std::string signing_secret = "0123456789abcdef0123456789abcdef";
const TimePoint noon{std::chrono::seconds(1'700'000'000)};

/// OpenSSL's base64, made URL-safe: an implementation that is not ours.
std::string base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  text.erase(std::min(text.find('='), text.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// A token as any other implementation makes it (RFC 7519), signed by OpenSSL.
std::string foreign_token(const std::string& header,
                          const std::string& claims,
                          const std::string& key = signing_secret) {
  const auto text = base64url(header) + "." + base64url(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(),
       key.data(),
       static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()),
       text.size(),
       mac.data(),
       &size);
  return text + "." + base64url({reinterpret_cast<const char*>(mac.data()), size});
}

const std::string jwt_header = R"({"alg":"HS256","typ":"JWT"})";

std::string claims_until(long long expires) {
  return fmt::format(R"({{"iss":"athanor","sub":"{}","iat":1,"exp":{},"key":"k1"}})",
                     Uuid::parse(std::string(32, 'a'))->to_string(),
                     expires);
}

class Token : public ::testing::Test {
 protected:
  const TokenSigner signer_{Secret(signing_secret)};
  const Claims claims_{Uuid::random(), "0123456789abcdef", noon + 1h};
};

TEST_F(Token, SaysWhatWasSigned) {
  const auto read = signer_.verify(signer_.sign(claims_, noon), noon);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->user, claims_.user);
  EXPECT_EQ(read->key_id, claims_.key_id);
  EXPECT_EQ(read->expires, claims_.expires);
}

TEST_F(Token, IsTheStandardsHs256) {
  const auto token = signer_.sign(claims_, noon);
  const auto body = fmt::format(
      R"({{"iss":"athanor","sub":"{}","iat":1700000000,"exp":1700003600,"key":"0123456789abcdef"}})",
      claims_.user.to_string());
  EXPECT_EQ(token, foreign_token(jwt_header, body));
  EXPECT_TRUE(signer_.verify(foreign_token(jwt_header, claims_until(1'700'000'001)), noon));
}

TEST_F(Token, ExpiresToTheSecond) {
  const auto token = signer_.sign(claims_, noon);
  EXPECT_TRUE(signer_.verify(token, noon + 1h - 1s));
  EXPECT_FALSE(signer_.verify(token, noon + 1h));
}

TEST_F(Token, OtherSecretsAndAlgorithmsAreRefused) {
  const auto good = claims_until(1'700'000'001);
  EXPECT_FALSE(signer_.verify(foreign_token(jwt_header, good, std::string(32, 'x')), noon));
  EXPECT_FALSE(signer_.verify(foreign_token(R"({"alg":"none","typ":"JWT"})", good), noon));
  EXPECT_FALSE(signer_.verify(foreign_token(R"({"alg":"HS512","typ":"JWT"})", good), noon));
  EXPECT_FALSE(signer_.verify(base64url(R"({"alg":"none"})") + "." + base64url(good) + ".", noon));
}

TEST_F(Token, EveryChangedCharacterIsNoticed) {
  const auto token = signer_.sign(claims_, noon);
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(signer_.verify(changed, noon)) << i;
  }
  EXPECT_FALSE(signer_.verify(token + "A", noon));
  EXPECT_FALSE(signer_.verify(token.substr(0, token.size() - 1), noon));
}

TEST_F(Token, WhatIsNoTokenIsRefused) {
  for (const auto& text :
       {std::string(),
        std::string("invalid"),
        std::string("."),
        std::string(".."),
        std::string("a.b.c.d"),
        foreign_token(jwt_header, "[]"),
        foreign_token(jwt_header, "{}"),
        foreign_token(jwt_header, R"({"iss":"other","exp":1700000001})"),
        foreign_token(jwt_header, std::string(limits::token_bytes, ' ') + "{}")}) {
    EXPECT_FALSE(signer_.verify(text, noon)) << text;
  }
}

TEST_F(Token, AFingerprintIsStableAndNeedsTheSecret) {
  EXPECT_EQ(signer_.fingerprint("a"), signer_.fingerprint("a"));
  EXPECT_NE(signer_.fingerprint("a"), signer_.fingerprint("b"));
  EXPECT_NE(signer_.fingerprint("a"), TokenSigner(Secret(std::string(32, 'x'))).fingerprint("a"));
}

TEST(Signer, IsTheSameAtEveryStart) {
  const TempDir folder;
  const auto first = open_signer(folder.path());
  ASSERT_TRUE(first) << first.error().message;
  const auto second = open_signer(folder.path());
  ASSERT_TRUE(second);
  const auto token = first->sign({Uuid::random(), "k", noon + 1h}, noon);
  EXPECT_TRUE(second->verify(token, noon));
}

TEST(Signer, ItsFileIsPrivateAndAlone) {
  const TempDir folder;
  ASSERT_TRUE(open_signer(folder.path()));

  struct stat status {};

  ASSERT_EQ(::stat((folder.path() / "token.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(Signer, ServersThatStartAtOnceAgree) {
  const TempDir folder;
  std::vector<std::string> prints(8);
  std::vector<std::thread> threads;
  for (auto& print : prints) {
    threads.emplace_back([&] {
      const auto signer = open_signer(folder.path());
      print = signer ? signer->fingerprint("x") : signer.error().message;
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(prints, ::testing::Each(open_signer(folder.path())->fingerprint("x")));
}

TEST(Signer, AFileThatOthersReadOrThatIsCutIsRefused) {
  const TempDir folder;
  ASSERT_TRUE(open_signer(folder.path()));
  const auto file = folder.path() / "token.key";
  ::chmod(file.c_str(), 0640);
  const auto open_to_others = open_signer(folder.path());
  ASSERT_FALSE(open_to_others);
  EXPECT_THAT(open_to_others.error().message, HasSubstr("chmod 600"));
  ASSERT_TRUE(write_file_atomic(file, "short"));
  const auto cut = open_signer(folder.path());
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message, HasSubstr("damaged"));
}

}  // namespace
}  // namespace athanor::auth
