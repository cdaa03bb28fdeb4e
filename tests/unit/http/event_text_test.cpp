#include "athanor/http/event_text.hpp"

#include <gtest/gtest.h>

namespace athanor::http {
namespace {

TEST(EventText, HasIdTypeAndALinePerLine) {
  EXPECT_EQ(event_text("7", "status", "one\ntwo"),
            "id: 7\nevent: status\ndata: one\ndata: two\n\n");
}

TEST(EventText, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(event_text("", "", ""), "data: \n\n");
}

// HTML standard, section 9.2.6: a CR ends a line too, so that text behind it would be a field.
TEST(EventText, CarriageReturnsEndLines) {
  EXPECT_EQ(event_text("", "", "10 %\r20 %\r\nid: 9"), "data: 10 %\ndata: 20 %\ndata: id: 9\n\n");
}

}  // namespace
}  // namespace athanor::http
