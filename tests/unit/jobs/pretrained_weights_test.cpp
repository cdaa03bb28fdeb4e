#include "athanor/jobs/pretrained_weights.hpp"

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::jobs {

namespace {

TEST(HasWeights, TellsWhetherTheirFileIsThere) {
  const testing::TempDir data;
  const auto model = Uuid::random();
  const auto folder = data.path() / "pretrained" / model.to_string();
  EXPECT_FALSE(has_weights(data.path(), model));

  ASSERT_TRUE(make_private_folder(folder));
  EXPECT_FALSE(has_weights(data.path(), model));

  ASSERT_TRUE(write_file_atomic(folder / "weights.safetensors", "weights"));
  EXPECT_TRUE(has_weights(data.path(), model));
}

}  // namespace

}  // namespace athanor::jobs
