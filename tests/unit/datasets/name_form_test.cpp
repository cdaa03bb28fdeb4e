#include "athanor/datasets/name_form.hpp"

#include <gtest/gtest.h>

namespace athanor::datasets {
namespace {

TEST(NameForm, ComposesLettersAndMarks) {
  EXPECT_EQ(composed("Ka\u0308se"), "K\u00e4se");
  EXPECT_EQ(composed("K\u00e4se"), "K\u00e4se");
  EXPECT_EQ(composed("\u1112\u1161\u11ab"), "\ud55c");
  EXPECT_EQ(composed(""), "");
}

TEST(NameForm, KeepsWhatOnlyLooksAlike) {
  EXPECT_NE(composed("\uff21"), composed("A"));  // Fullwidth: another character, another name.
}

TEST(NameForm, FoldsCaseInManyScripts) {
  EXPECT_EQ(case_folded("A.JPG"), case_folded("a.jpg"));
  EXPECT_EQ(case_folded("\u00c4"), case_folded("a\u0308"));
  EXPECT_EQ(case_folded("\u03a3"), case_folded("\u03c2"));     // Sigma and final sigma.
  EXPECT_EQ(case_folded("\u212a.png"), case_folded("K.PNG"));  // The sign of Kelvin is a K.
  EXPECT_NE(case_folded("a"), case_folded("b"));
}

TEST(NameForm, LeavesAloneWhatIsNotUtf8) {
  EXPECT_EQ(case_folded("caf\xe9"), "caf\xe9");
}

TEST(NameForm, KnowsControlCharacters) {
  EXPECT_TRUE(holds_control("a\x01"));
  EXPECT_TRUE(holds_control("\x7f"));
  EXPECT_TRUE(holds_control("a\u0085"));
  EXPECT_TRUE(holds_control("a\u2029"));
  EXPECT_FALSE(holds_control("K\u00e4se \u72ac.jpg"));
}

}  // namespace
}  // namespace athanor::datasets
