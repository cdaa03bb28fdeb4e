#include "athanor/cli/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/cli/man_page.hpp"

namespace athanor::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CommandInfo sample() {
  const OptionInfo url{.names = {"-u", "--url"},
                       .description = "Where it's at",
                       .variable = "ATHANOR_URL",
                       .default_text = "http://x",
                       .takes_value = true};
  const OptionInfo level{.names = {"--level"},
                         .description = "How loud",
                         .choices = {"quiet", "loud"},
                         .takes_value = true};
  const OptionInfo id{.names = {"ID"},
                      .description = "Job",
                      .takes_value = true,
                      .required = true,
                      .positional = true};
  const CommandInfo show{"show", "Show a job", {id, level}, {}};
  return {"athanor", "Trains.", {url}, {{"job", "Runs", {}, {show}}}};
}

TEST(Completion, KnowsThreeShells) {
  for (const auto* shell : completion_shells) {
    EXPECT_TRUE(completion_script(sample(), shell)) << shell;
  }
  EXPECT_EQ(completion_script(sample(), "cmd").error().code, ErrorCode::invalid_argument);
}

TEST(Completion, OffersCommandsOptionsAndChoices) {
  for (const auto* shell : completion_shells) {
    const auto script = completion_script(sample(), shell).value();
    for (const auto* word : {"job", "show", "level", "quiet", "loud", "url"}) {
      EXPECT_THAT(script, HasSubstr(word)) << shell;
    }
  }
}

TEST(Completion, QuotesWhatShellsWouldTakeForTheirOwn) {
  EXPECT_THAT(completion_script(sample(), "fish").value(), HasSubstr("'Where it'\\''s at'"));
  EXPECT_THAT(completion_script(sample(), "zsh").value(), HasSubstr("'--url:Where it'\\''s at'"));
}

TEST(ManPage, TellsOfEveryOption) {
  const auto page = man_page(sample());

  EXPECT_THAT(page,
              HasSubstr("\\fB\\-u\\fR, \\fB\\-\\-url\\fR \\fIURL\\fR\n"
                        "Where it's at; by default http://x; also from $ATHANOR_URL.\n"));
  EXPECT_THAT(page, HasSubstr(".SS \\fBjob show\\fR [\\fIOPTION\\fR...] \\fIID\\fR\n"));
  EXPECT_THAT(page, HasSubstr("How loud; one of quiet, loud.\n"));
  EXPECT_THAT(page, HasSubstr(".B 64\nwrong command line\n"));
}

TEST(ManPage, TextIsNeverARequest) {
  auto program = sample();
  program.options.front().description = ".sp or 'br' and a \\ backslash";

  const auto page = man_page(program);

  EXPECT_THAT(page, HasSubstr("\n\\&.sp or 'br' and a \\e backslash"));
}

}  // namespace
}  // namespace athanor::cli
