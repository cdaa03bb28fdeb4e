#include "athanor/cli/exit_code.hpp"

#include <algorithm>
#include <set>
#include <sysexits.h>

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

TEST(ExitCode, EveryErrorCodeHasOneOfTheTable) {
  const auto table = exit_code_meanings();
  for (const auto code : all_error_codes) {
    const auto exit = exit_code_of(code);
    EXPECT_TRUE(std::ranges::any_of(table, [&](const auto& line) { return line.code == exit; }))
        << name_of(code);
    EXPECT_NE(exit, ExitCode::ok) << name_of(code);
  }
}

TEST(ExitCode, TableListsEachCodeOnceWithAMeaning) {
  std::set<ExitCode> seen;
  for (const auto& [code, meaning] : exit_code_meanings()) {
    EXPECT_TRUE(seen.insert(code).second) << static_cast<int>(code);
    EXPECT_FALSE(meaning.empty());
  }
}

TEST(ExitCode, NumbersAreThoseOfSysexits) {
  EXPECT_EQ(static_cast<int>(ExitCode::usage), EX_USAGE);
  EXPECT_EQ(static_cast<int>(ExitCode::bad_data), EX_DATAERR);
  EXPECT_EQ(static_cast<int>(ExitCode::no_input), EX_NOINPUT);
  EXPECT_EQ(static_cast<int>(ExitCode::unavailable), EX_UNAVAILABLE);
  EXPECT_EQ(static_cast<int>(ExitCode::software), EX_SOFTWARE);
  EXPECT_EQ(static_cast<int>(ExitCode::io), EX_IOERR);
  EXPECT_EQ(static_cast<int>(ExitCode::try_again), EX_TEMPFAIL);
  EXPECT_EQ(static_cast<int>(ExitCode::no_permission), EX_NOPERM);
}

}  // namespace
}  // namespace athanor::cli
