#include "athanor/cli/output.hpp"

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

TEST(Output, ColumnsArePaddedToTheWidestCell) {
  EXPECT_EQ(format_table({{"id", "name"}, {"12345", "a"}, {"1", "bcd"}}),
            "id     name\n"
            "12345  a\n"
            "1      bcd\n");
}

TEST(Output, MissingAndNullMembersAreADash) {
  const Json record = {{"name", "cats"}, {"logo", nullptr}, {"size", 3}};

  EXPECT_EQ(text_of(record, "name"), "cats");
  EXPECT_EQ(text_of(record, "logo"), "-");
  EXPECT_EQ(text_of(record, "nothing"), "-");
  EXPECT_EQ(text_of(record, "size"), "3");
}

}  // namespace
}  // namespace athanor::cli
