#include "athanor/engine/surroundings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::engine {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Surroundings, AreTheSameTwiceInAProcess) {
  const auto here = surroundings_here();

  EXPECT_EQ(here, surroundings_here());
  EXPECT_EQ(here.build.size(), 16U);
  EXPECT_THAT(here.processor, HasSubstr(", "));
}

TEST(SurroundingsDifferences, NameEachPart) {
  const Surroundings before{"a", "one", 4};

  EXPECT_THAT(differences(before, before), IsEmpty());
  EXPECT_THAT(differences(before, {"b", "two", 2}),
              ElementsAre(HasSubstr("another build"),
                          "\"two\" instead of \"one\"",
                          "2 compute threads instead of 4"));
}

}  // namespace athanor::engine
