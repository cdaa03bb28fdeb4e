#include "athanor/api/pace.hpp"

#include <gtest/gtest.h>

namespace athanor::api {
namespace {

using namespace std::chrono_literals;

constexpr auto window = std::chrono::nanoseconds(limits::upload_pace_window);

TEST(Pace, EnoughBytesInEveryWindowKeepUp) {
  Pace pace;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(pace.keeps_up(window / 2, limits::upload_pace_bytes - 1));
    EXPECT_TRUE(pace.keeps_up(window / 2, 1));
  }
}

TEST(Pace, OneByteTooFewIsTooSlow) {
  Pace pace;
  EXPECT_TRUE(pace.keeps_up(window - 1ns, limits::upload_pace_bytes - 2));
  EXPECT_FALSE(pace.keeps_up(1ns, 1));
}

TEST(Pace, WhatCameBeforeTheWindowDoesNotCount) {
  Pace pace;
  EXPECT_TRUE(pace.keeps_up(window, 100 * limits::upload_pace_bytes));
  EXPECT_FALSE(pace.keeps_up(window, 1));
}

TEST(Pace, TimeThatTheServerNeedsForItselfDoesNotCount) {
  Pace pace;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(pace.keeps_up(0s, 1));
  }
}

}  // namespace
}  // namespace athanor::api
