#include "athanor/cli/event_reader.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::cli {
namespace {

using ::testing::ElementsAre;

/// "type:data" of the events in `pieces`.
std::vector<std::string> events_in(const std::vector<std::string>& pieces) {
  std::vector<std::string> events;
  EventReader reader([&events](const ServerEvent& event) {
    events.push_back(event.type + ":" + event.data);
    return true;
  });
  for (const auto& piece : pieces) {
    EXPECT_TRUE(reader.take(piece).value());
  }
  return events;
}

TEST(EventReader, PutsEventsTogetherFromPieces) {
  EXPECT_THAT(events_in({"ev", "ent: status\nda", "ta: one\n", "data: two\n", "\n", "data: x\n\n"}),
              ElementsAre("status:one\ntwo", "message:x"));
}

TEST(EventReader, KnowsAllLineEnds) {
  EXPECT_THAT(events_in({"data: a\r", "\n\r\ndata: b\r\rdata: c\n\n"}),
              ElementsAre("message:a", "message:b", "message:c"));
}

TEST(EventReader, IgnoresCommentsAndUnknownFields) {
  EXPECT_THAT(events_in({":\n\nretry: 5\nfoo\ndata:a\n\n"}), ElementsAre("message:a"));
}

TEST(EventReader, EventsWithoutDataAreNone) {
  EXPECT_THAT(events_in({"event: x\n\ndata\n\n"}), ElementsAre("message:"));
}

TEST(EventReader, RemembersTheLastId) {
  EventReader reader([](const ServerEvent&) { return true; });

  EXPECT_TRUE(reader.take("id: 7\ndata: x\n\nid: 8\n"));
  EXPECT_EQ(reader.last_event_id(), "7");
  EXPECT_TRUE(reader.take("\ndata: y\n\n"));
  EXPECT_EQ(reader.last_event_id(), "8");
}

TEST(EventReader, EndsWhenEnoughIsSaid) {
  int count = 0;
  EventReader reader([&count](const ServerEvent&) { return ++count < 2; });

  EXPECT_FALSE(reader.take("data: 1\n\ndata: 2\n\ndata: 3\n\n").value());
  EXPECT_EQ(count, 2);
}

TEST(EventReader, RefusesALineWithoutEnd) {
  EventReader reader([](const ServerEvent&) { return true; });
  const std::string piece(limits::event_queue_bytes, 'x');

  Result<bool> taken = true;
  for (int i = 0; i < 10 && taken; ++i) {
    taken = reader.take(piece);
  }
  EXPECT_EQ(taken.error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace athanor::cli
