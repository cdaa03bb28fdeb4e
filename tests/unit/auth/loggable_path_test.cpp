#include "athanor/auth/loggable_path.hpp"

#include <gtest/gtest.h>

namespace athanor::auth {
namespace {

TEST(LoggablePath, MasksWhatFollowsALogin) {
  EXPECT_EQ(loggable_path("/api/v1/login/nvapi-secret"), "/api/v1/login/***");
  EXPECT_EQ(loggable_path("/api/v1/login/se/cr/et"), "/api/v1/login/***");
  EXPECT_EQ(loggable_path("/cluster/api/v1/Login/secret"), "/cluster/api/v1/Login/***");
  EXPECT_EQ(loggable_path("/login/secret"), "/login/***");
}

TEST(LoggablePath, MasksKeysAndTokensAnywhere) {
  EXPECT_EQ(loggable_path("/api/v1/logn/ath_0123_secret"), "/api/v1/logn/***");
  EXPECT_EQ(loggable_path("/api/v1/user/eyJhbGciOi.J9.x/model"), "/api/v1/user/***/model");
}

TEST(LoggablePath, LeavesOtherPathsAlone) {
  for (const auto* path : {"",
                           "-",
                           "/",
                           "/api/v1/login",
                           "/api/v1/login/",
                           "/api/v1/logins/a",
                           "/api/v1/user/0/dataset//x/"}) {
    EXPECT_EQ(loggable_path(path), path);
  }
}

}  // namespace
}  // namespace athanor::auth
