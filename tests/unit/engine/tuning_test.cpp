#include "athanor/engine/tuning.hpp"

#include <fstream>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

namespace athanor::engine {

using athanor::testing::TempDir;

TEST(Tuning, ReadsBackWhatWasChosen) {
  const TempDir dir;
  ASSERT_TRUE(write_tuning(dir.path(), {.batch_size = 16, .learning_rate = 0.25}));

  const auto tuning = read_tuning(dir.path());

  EXPECT_EQ(tuning->batch_size, 16);
  EXPECT_EQ(tuning->learning_rate, 0.25);
}

TEST(Tuning, IsEmptyWhereNothingWasChosen) {
  const TempDir dir;

  EXPECT_FALSE(read_tuning(dir.path())->batch_size);
}

TEST(Tuning, RefusesADamagedFile) {
  const TempDir dir;
  std::ofstream(dir.path() / "tuning.json") << R"({"batch_size": "many"})";

  EXPECT_FALSE(read_tuning(dir.path()));
}

}  // namespace athanor::engine
