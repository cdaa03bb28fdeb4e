#include "athanor/networks/multitask_classification/evaluation.hpp"

#include <gtest/gtest.h>

namespace athanor::networks::multitask_classification {

TEST(FileNameOf, IsTheTasksOwnWhereThatIsHarmless) {
  EXPECT_EQ(file_name_of({"base-colour_2", {}}, 0), "base-colour_2");
}

TEST(FileNameOf, LeadsNoTaskOutOfItsFolderOrIntoThatOfAnother) {
  EXPECT_EQ(file_name_of({"../colour", {}}, 1), "task.1");
  EXPECT_NE(file_name_of({"two words", {}}, 0), file_name_of({"task_0", {}}, 1));
}

}  // namespace athanor::networks::multitask_classification
