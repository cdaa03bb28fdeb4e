#include "athanor/http/seats.hpp"

#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::http {
namespace {

TEST(Seats, LimitTheNumberOfStreams) {
  Seats seats(limits::event_clients);
  std::vector<std::shared_ptr<void>> taken;
  while (taken.size() < limits::event_clients) {
    taken.push_back(seats.take().value());
  }

  EXPECT_EQ(seats.take().error().code, ErrorCode::unavailable);
}

TEST(Seats, ComeFreeWithTheLastHandle) {
  Seats seats(1);
  auto first = seats.take().value();
  auto copy = first;
  first.reset();
  EXPECT_FALSE(seats.take());

  copy.reset();

  EXPECT_EQ(seats.taken(), 0U);
  EXPECT_TRUE(seats.take());
}

TEST(Seats, MayOutliveTheirOwner) {
  std::shared_ptr<void> seat;
  {
    Seats seats(1);
    seat = seats.take().value();
  }
  seat.reset();
}

}  // namespace
}  // namespace athanor::http
