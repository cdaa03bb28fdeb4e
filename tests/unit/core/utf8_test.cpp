#include "athanor/core/utf8.hpp"

#include <string>

#include <gtest/gtest.h>

#include "athanor/core/json.hpp"

namespace athanor {
namespace {

using namespace std::string_view_literals;

/// Whether the JSON library, which puts U+FFFD in the place of what is ill-formed, leaves it alone.
bool is_written_unchanged(const std::string& text) {
  return to_text(Json(text)).find("\xef\xbf\xbd") == std::string::npos;
}

TEST(IsUtf8, TakesTextOfAllKinds) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\n\"\\ é 犬 \xf0\x9f\x98\x80"));
}

TEST(IsUtf8, TakesTheFirstAndTheLastCharacterOfEachLength) {
  for (const auto text : {"\0"sv,
                          "\x7f"sv,
                          "\xc2\x80"sv,
                          "\xdf\xbf"sv,
                          "\xe0\xa0\x80"sv,
                          "\xed\x9f\xbf"sv,  // The last one before the surrogates.
                          "\xee\x80\x80"sv,  // The first one after them.
                          "\xef\xbf\xbf"sv,
                          "\xf0\x90\x80\x80"sv,
                          "\xf4\x8f\xbf\xbf"sv}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(IsUtf8, RefusesMoreBytesThanACharacterNeeds) {
  for (const auto text : {"\xc0\x80"sv,
                          "\xc0\xaf"sv,
                          "\xc1\xbf"sv,
                          "\xe0\x80\x80"sv,
                          "\xe0\x9f\xbf"sv,
                          "\xf0\x80\x80\x80"sv,
                          "\xf0\x8f\xbf\xbf"sv}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(IsUtf8, RefusesSurrogates) {
  for (const auto text : {"\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xed\xa0\x80\xed\xb0\x80"sv}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(IsUtf8, RefusesWhatIsBeyondTheLastCharacter) {
  for (const auto text :
       {"\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xf8\x88\x80\x80\x80"sv, "\xfe"sv, "\xff"sv}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(IsUtf8, RefusesAContinuationWithoutABeginning) {
  for (const auto text : {"\x80"sv, "\xbf"sv, "a\x80"sv, "\xc3\xa9\xa9"sv}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(IsUtf8, RefusesACharacterThatIsCutOff) {
  for (const auto text :
       {"caf\xe9"sv, "\xc3"sv, "\xe7"sv, "\xe7\x8a"sv, "\xf0"sv, "\xf0\x9f"sv, "\xf0\x9f\x98"sv}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(IsUtf8, RefusesACharacterThatAnotherInterrupts) {
  for (const auto text : {"\xc3z"sv,
                          "\xc3\xc3\xa9"sv,
                          "\xe7\x8az"sv,
                          "\xe7\x8a\xe7\x8a\xac"sv,
                          "\xf0\x9f\x98z"sv,
                          "\xf0\x9f\x7f\x80"sv}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(IsUtf8, AgreesWithTheJsonLibraryOnAllPairsOfBytes) {
  for (int first = 0x80; first <= 0xff; ++first) {
    for (int second = 0; second <= 0xff; ++second) {
      for (std::size_t more = 0; more <= 2; ++more) {
        const auto text = std::string{static_cast<char>(first), static_cast<char>(second)} +
                          std::string(more, '\x80');
        ASSERT_EQ(is_utf8(text), is_written_unchanged(text))
            << first << ' ' << second << ' ' << more;
      }
    }
  }
}

}  // namespace
}  // namespace athanor
