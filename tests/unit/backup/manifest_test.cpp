#include "athanor/backup/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::backup {
namespace {

using ::testing::HasSubstr;

const std::string digest(64, 'a');

TEST(Manifest, ReadsWhatItWrote) {
  const Manifest manifest = {{"a b/c", {7, digest}}, {"d", {0, digest}}};

  EXPECT_EQ(parse_manifest(to_text(manifest)).value(), manifest);
}

TEST(Manifest, NamesTheFaultyLine) {
  for (const auto* line : {"", "x", "x 1 name", "aa", "1 2 3"}) {
    const auto parsed = parse_manifest("athanor-backup 1\n" + std::string(line) + "\n");
    ASSERT_FALSE(parsed) << line;
    EXPECT_THAT(parsed.error().message, HasSubstr("MANIFEST:2")) << line;
  }
  EXPECT_FALSE(parse_manifest("athanor-backup 1\n" + digest + " -1 name\n"));
  EXPECT_FALSE(parse_manifest("athanor-backup 1\n" + digest + " 1 \n"));
}

TEST(Manifest, RefusesOtherVersions) {
  EXPECT_EQ(parse_manifest("athanor-backup 2\n").error().code, ErrorCode::unsupported);
}

TEST(Manifest, TellsEveryDifference) {
  const Manifest promised = {{"a", {1, digest}}, {"b", {1, digest}}};

  EXPECT_EQ(difference(promised, promised), "");
  EXPECT_THAT(difference(promised, {{"a", {1, digest}}}), HasSubstr("b is missing"));
  EXPECT_THAT(difference(promised, {{"a", {1, digest}}, {"b", {2, digest}}}), HasSubstr("b has"));
  EXPECT_THAT(difference(promised, {{"a", {1, digest}}, {"b", {1, std::string(64, 'b')}}}),
              HasSubstr("b has"));
  EXPECT_THAT(difference({{"a", {1, digest}}}, promised), HasSubstr("b is not"));
}

}  // namespace
}  // namespace athanor::backup
