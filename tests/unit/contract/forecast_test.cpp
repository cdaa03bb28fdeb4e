#include "athanor/contract/forecast.hpp"

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

namespace athanor::contract {

using athanor::testing::TempDir;

TEST(Forecast, IsReadAsItWasWritten) {
  const TempDir folder;
  Forecast forecast;
  forecast.memory_bytes = 1234.6;
  forecast.seconds_per_epoch = 1.25;
  forecast.epochs = 3;
  forecast.basis.samples = 4;
  ASSERT_TRUE(write_forecast(folder.path(), forecast));

  const auto read = read_forecast(folder.path());

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, to_json(forecast));
  EXPECT_EQ(read->at("memory_bytes"), 1235);
  EXPECT_EQ(read->at("verdict"), "works");
  EXPECT_TRUE(read->at("message").is_null());
}

TEST(Forecast, TellsWhyAJobFails) {
  Forecast forecast;
  forecast.refusal = "out of memory";

  EXPECT_EQ(to_json(forecast).at("verdict"), "fails");
  EXPECT_EQ(to_json(forecast).at("message"), "out of memory");
}

TEST(Forecast, IsNotFoundWhereThereIsNone) {
  const TempDir folder;

  EXPECT_EQ(read_forecast(folder.path()).error().code, ErrorCode::not_found);
}

}  // namespace athanor::contract
