#include "athanor/jobs/spawn_plan.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::jobs {

using ::testing::Contains;
using ::testing::Not;
using ::testing::StartsWith;

TEST(WorkerEnvironment, TellsHowManyThreadsTheMathLibrariesUse) {
  const auto environment = worker_environment(3);

  for (const char* variable :
       {"OMP_NUM_THREADS=3", "OPENBLAS_NUM_THREADS=3", "MKL_NUM_THREADS=3"}) {
    EXPECT_THAT(environment, Contains(variable));
  }
}

TEST(WorkerEnvironment, HasTheServersChoiceOfKernelsAndNothingElseOfIts) {
  ::setenv("OPENBLAS_CORETYPE", "Haswell", 1);
  ::setenv("ATHANOR_TOKEN", "secret", 1);

  const auto environment = worker_environment(1);

  EXPECT_THAT(environment, Contains("OPENBLAS_CORETYPE=Haswell"));
  EXPECT_THAT(environment, Not(Contains(StartsWith("ATHANOR_TOKEN"))));
}

}  // namespace athanor::jobs
