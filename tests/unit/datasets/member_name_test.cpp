#include "athanor/datasets/member_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

MemberName parts(std::string_view name) {
  return parse_member_name(name).value();
}

std::string refusal(std::string_view name) {
  const auto parsed = parse_member_name(name);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(MemberName, DropsDotsAndEmptyParts) {
  EXPECT_THAT(parts("./images//a/./b.jpg"), ElementsAre("images", "a", "b.jpg"));
  EXPECT_THAT(parts("./"), IsEmpty());
  EXPECT_THAT(parts("images/"), ElementsAre("images"));
}

TEST(MemberName, KeepsNamesOfManyScriptsAndDots) {
  EXPECT_THAT(parts("images/犬/Käse ..jpg"), ElementsAre("images", "犬", "Käse ..jpg"));
}

TEST(MemberName, RefusesNamesThatLeaveTheFolder) {
  EXPECT_THAT(refusal("/etc/passwd"), HasSubstr("absolute"));
  EXPECT_THAT(refusal("../a"), HasSubstr(".."));
  EXPECT_THAT(refusal("images/../../a"), HasSubstr(".."));
  EXPECT_THAT(refusal("images/.."), HasSubstr(".."));
}

TEST(MemberName, RefusesImpossibleNames) {
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("images\\a.jpg"), HasSubstr("backslash"));
  EXPECT_THAT(refusal("a\nb"), HasSubstr("control"));
  EXPECT_THAT(refusal("a\u0085b"), HasSubstr("control"));
  EXPECT_THAT(refusal("a\u2028b"), HasSubstr("control"));
  EXPECT_THAT(refusal("caf\xe9.jpg"), HasSubstr("UTF-8"));
}

TEST(MemberName, LengthLimitsAreInclusive) {
  const std::string part(limits::archive_name_bytes, 'a');
  EXPECT_EQ(parts(part).front(), part);
  EXPECT_THAT(refusal(part + "a"), HasSubstr("too long"));
  std::string path;
  while (path.size() < limits::archive_path_bytes) {
    path += "abcdefg/";
  }
  EXPECT_EQ(parts(path).size(), limits::archive_path_bytes / 8);
  EXPECT_THAT(refusal(path + "a"), HasSubstr("too long"));
}

TEST(MemberName, MessagesShowNoControlCharactersAndStayShort) {
  EXPECT_EQ(shown("a\x1b[31mb"), "a?[31mb");
  EXPECT_EQ(shown(std::string(200, 'x')).size(), 83U);
}

TEST(MemberName, KnowsWhatFinderAdds) {
  EXPECT_TRUE(is_finder_metadata({"__MACOSX", "images", "._a.jpg"}));
  EXPECT_TRUE(is_finder_metadata({"images", "._a.jpg"}));
  EXPECT_TRUE(is_finder_metadata({".DS_Store"}));
  EXPECT_FALSE(is_finder_metadata({"images", "a.jpg"}));
  EXPECT_FALSE(is_finder_metadata({}));
}

TEST(MemberName, CountsTheFoldersBeforeTheRoot) {
  EXPECT_EQ(folders_before_root({"images", "a.jpg"}), 0U);
  EXPECT_EQ(folders_before_root({"my data", "v1", "images_train", "masks", "a.jpg"}), 2U);
  EXPECT_EQ(folders_before_root({"set", "wavs", "a.wav"}), 1U);
  EXPECT_EQ(folders_before_root({"readme", "imagesque.txt"}), std::nullopt);
}

}  // namespace
}  // namespace athanor::datasets
