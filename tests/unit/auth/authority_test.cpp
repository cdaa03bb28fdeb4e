#include "athanor/auth/authority.hpp"

#include <future>
#include <memory>
#include <vector>

#include "support/run_coroutine.hpp"
#include "support/temp_dir.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "athanor/auth/accounts.hpp"
#include "athanor/auth/user_id.hpp"

namespace athanor::auth {
namespace {

using athanor::testing::run_coroutine;
using athanor::testing::TempDir;
using namespace std::chrono_literals;
using Outcome = Login::Outcome;

class AuthorityTest : public ::testing::Test {
 protected:
  Login log_in(const std::string& key, const std::string& peer = "192.0.2.1") {
    auto login = run_coroutine(authority_->log_in(Secret(key), peer));
    EXPECT_TRUE(login) << login.error().message;
    return login.value_or(Login{});
  }

  std::optional<Uuid> user_of(const std::string& authorization) {
    auto user = run_coroutine(authority_->user_of(authorization));
    EXPECT_TRUE(user) << user.error().message;
    return user.value_or(std::nullopt);
  }

  void restart(Authority::Options options) {
    authority_ = std::make_unique<Authority>(
        options, open_signer(folder_.path()).value(), store_->users(), pool_);
  }

  NewKey add(const std::string& name) { return add_user(store_->users(), name).value(); }

  TempDir folder_;
  std::unique_ptr<store::Store> store_ =
      store::open_store("sqlite://" + (folder_.path() / "athanor.db").string()).value();
  BlockingPool pool_{2};
  std::unique_ptr<Authority> authority_ = std::make_unique<Authority>(
      Authority::Options{}, open_signer(folder_.path()).value(), store_->users(), pool_);
};

TEST_F(AuthorityTest, AKeyIsTradedForATokenOfItsUser) {
  const auto alice = add("alice");
  const auto login = log_in(alice.key.text.expose());
  EXPECT_EQ(login.outcome, Outcome::granted);
  EXPECT_EQ(login.user, user_id_of("alice"));
  EXPECT_EQ(user_of("Bearer " + login.token), login.user);
  EXPECT_EQ(user_of("bearer  " + login.token), login.user);
}

TEST_F(AuthorityTest, OtherAuthorizationsAreNobodys) {
  const auto token = log_in(add("alice").key.text.expose()).token;
  for (const auto& text : {std::string(),
                           std::string("Bearer"),
                           std::string("Bearer "),
                           std::string("Bearer invalid"),
                           token,
                           "Basic " + token,
                           "Bearer " + token + " ",
                           "Bearer " + token + "," + token}) {
    EXPECT_EQ(user_of(text), std::nullopt) << text;
  }
}

TEST_F(AuthorityTest, WrongKeysAreRefused) {
  const auto alice = add("alice");
  EXPECT_EQ(log_in("").outcome, Outcome::refused);
  EXPECT_EQ(log_in("nonsense").outcome, Outcome::refused);
  EXPECT_EQ(log_in(ApiKey::random().text.expose()).outcome, Outcome::refused);
  EXPECT_EQ(log_in("ath_" + alice.key.id + "_" + std::string(43, 'A')).outcome, Outcome::refused);
}

TEST_F(AuthorityTest, ARemovedKeyOpensNothingOnceItsLeaseIsOver) {
  const auto alice = add("alice");
  const auto second = add_key(store_->users(), "alice").value();
  const auto login = log_in(alice.key.text.expose());
  const auto other = log_in(second.key.text.expose());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(user_of("Bearer " + login.token), login.user);
  ASSERT_TRUE(store_->users().remove_key(alice.key.id));

  EXPECT_EQ(log_in(alice.key.text.expose()).outcome, Outcome::refused);
  while (user_of("Bearer " + login.token)) {
    ASSERT_LT(std::chrono::steady_clock::now(), before + limits::key_lease + 10s);
  }
  EXPECT_EQ(user_of("Bearer " + other.token), other.user) << "the user's other key goes on";
}

TEST_F(AuthorityTest, ARemovedUsersTokensAreNobodys) {
  const auto login = log_in(add("alice").key.text.expose());
  ASSERT_TRUE(store_->users().remove("alice"));
  EXPECT_EQ(user_of("Bearer " + login.token), std::nullopt) << "never asked for, so not remembered";
}

TEST_F(AuthorityTest, TokensExpire) {
  restart({.token_lifetime = 0s});
  const auto login = log_in(add("alice").key.text.expose());
  EXPECT_EQ(login.outcome, Outcome::granted);
  EXPECT_EQ(user_of("Bearer " + login.token), std::nullopt);
}

TEST_F(AuthorityTest, WhoeverTriesOneKeyOftenWaitsFromWhereverItComes) {
  const auto alice = add("alice");
  const auto wrong = "ath_" + alice.key.id + "_" + std::string(43, 'A');
  for (unsigned i = 0; i <= limits::login_failures_per_key; ++i) {
    EXPECT_EQ(log_in(wrong, "192.0.2." + std::to_string(i)).outcome, Outcome::refused);
  }
  const auto put_off = log_in(alice.key.text.expose(), "192.0.2.200");
  EXPECT_EQ(put_off.outcome, Outcome::put_off);
  EXPECT_GT(put_off.retry_after, 0s);
  EXPECT_EQ(log_in(add("bob").key.text.expose()).outcome, Outcome::granted);
}

TEST_F(AuthorityTest, APeerThatFailsOftenWaitsWhateverItsKey) {
  for (unsigned i = 0; i <= limits::login_failures_per_peer; ++i) {
    EXPECT_EQ(log_in("nonsense", "2001:db8::1").outcome, Outcome::refused);
  }
  const auto key = add("alice").key.text.expose();
  EXPECT_EQ(log_in(key, "2001:db8::2").outcome, Outcome::put_off);
  EXPECT_EQ(log_in(key, "2001:db8:0:1::1").outcome, Outcome::granted);
}

TEST_F(AuthorityTest, AFloodOfLoginsIsPutOffBeforeAnyHashing) {
  const auto key = add("alice").key.text.expose();
  boost::asio::io_context io;
  std::vector<std::future<Result<Login>>> logins;
  for (std::size_t i = 0; i < limits::login_queue + 10; ++i) {
    logins.push_back(boost::asio::co_spawn(
        io, authority_->log_in(Secret(key), "192.0.2.1"), boost::asio::use_future));
  }
  io.run();
  std::size_t granted = 0;
  std::size_t put_off = 0;
  for (auto& login : logins) {
    const auto outcome = login.get().value().outcome;
    granted += outcome == Outcome::granted ? 1 : 0;
    put_off += outcome == Outcome::put_off ? 1 : 0;
  }
  EXPECT_GE(granted, limits::login_queue);
  EXPECT_GE(put_off, 1U);
  EXPECT_EQ(granted + put_off, logins.size());
}

TEST_F(AuthorityTest, WithoutKeysEveryKeyHasAStableUserAndAToken) {
  restart({.mode = Mode::none});
  const auto login = log_in("nvapi-anything");
  EXPECT_EQ(login.outcome, Outcome::granted);
  EXPECT_EQ(user_of("Bearer " + login.token), login.user);
  EXPECT_EQ(log_in("nvapi-anything").user, login.user);
  EXPECT_NE(log_in("nvapi-other").user, login.user);
  EXPECT_NE(login.user, user_id_of("nvapi-anything")) << "its plain hash would be in every path";
}

TEST_F(AuthorityTest, TokensGivenWithoutKeysAreWorthNothingWithThem) {
  restart({.mode = Mode::none});
  const auto login = log_in("nvapi-anything");
  restart({.mode = Mode::keys});
  EXPECT_EQ(user_of("Bearer " + login.token), std::nullopt);
}

TEST(Accounts, NamesAreChecked) {
  const TempDir folder;
  const auto store =
      store::open_store("sqlite://" + (folder.path() / "athanor.db").string()).value();
  for (const auto& name : {std::string(),
                           std::string(65, 'a'),
                           std::string("a b"),
                           std::string("-x"),
                           std::string("a/b"),
                           std::string("\xc3\xa9")}) {
    const auto refused = add_user(store->users(), name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  }
  ASSERT_TRUE(add_user(store->users(), "a.b-c_d@example.org"));
  EXPECT_EQ(add_user(store->users(), "a.b-c_d@example.org").error().code, ErrorCode::conflict);
  EXPECT_EQ(add_key(store->users(), "bob").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace athanor::auth
