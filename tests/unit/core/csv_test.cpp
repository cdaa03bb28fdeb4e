#include "athanor/core/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(CsvFields, SplitsAtCommasOutsideQuotes) {
  EXPECT_THAT(csv_fields(R"(a.jpg,"red, or not",,"say ""x""")"),
              Optional(ElementsAre("a.jpg", "red, or not", "", R"(say "x")")));
}

TEST(CsvFields, RefusesQuotesThatDoNotMatch) {
  EXPECT_EQ(csv_fields(R"(a,"b)"), std::nullopt);
}

TEST(CsvField, ReadsBackAsItWas) {
  for (const auto* text : {"plain", "with, comma", R"(with "quotes")", ""}) {
    EXPECT_THAT(csv_fields(csv_field(text)), Optional(ElementsAre(text)));
  }
}

}  // namespace athanor
