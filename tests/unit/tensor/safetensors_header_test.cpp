#include "athanor/tensor/safetensors_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::tensor {

namespace {

using ::testing::HasSubstr;

std::string prefix_of(std::uint64_t length) {
  std::string prefix;
  for (int i = 0; i < 8; ++i) {
    prefix.push_back(static_cast<char>(length >> (8 * i) & 0xff));
  }
  return prefix;
}

std::string refusal(std::string_view json, std::uint64_t data_bytes) {
  const auto header = parse_safetensors_header(json, data_bytes);
  return header ? "accepted" : header.error().message;
}

TEST(SafetensorsHeader, ReadsTensorsByPlaceAndMetadata) {
  const auto header = parse_safetensors_header(
      R"({"b": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]},
          "__metadata__": {"network": "classification"},
          "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}})",
      32);

  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->metadata.at("network"), "classification");
  EXPECT_EQ(header->tensors,
            (std::vector<TensorEntry>{{"a", DataType::f32, {2, 3}, 0, 24},
                                      {"b", DataType::i64, {}, 24, 32}}));
}

TEST(SafetensorsHeader, ReadsWhatItRenders) {
  const SafetensorsHeader header{
      {{"key", "value \" \n"}},
      {{"empty", DataType::f16, {0, 4}, 0, 0}, {"fc.weight", DataType::f32, {2, 2}, 0, 16}}};

  const auto text = render_safetensors_header(header);

  const auto length = safetensors_header_length(text, text.size() + 16);
  ASSERT_TRUE(length) << length.error().message;
  EXPECT_EQ(*length + safetensors_prefix_bytes, text.size());
  EXPECT_EQ(*parse_safetensors_header(std::string_view(text).substr(8), 16), header);
}

TEST(SafetensorsHeader, RendersToAMultipleOfEightBytes) {
  for (const auto* name : {"a", "ab", "abc", "abcd", "abcde"}) {
    EXPECT_EQ(render_safetensors_header({{}, {{name, DataType::u8, {1}, 0, 1}}}).size() % 8, 0U);
  }
}

TEST(SafetensorsHeader, RefusesFilesShorterThanThePrefix) {
  EXPECT_FALSE(safetensors_header_length("", 0));
  EXPECT_FALSE(safetensors_header_length("1234567", 7));
}

TEST(SafetensorsHeader, RefusesHeadersThatLeaveTheFile) {
  EXPECT_TRUE(safetensors_header_length(prefix_of(10), 18));
  EXPECT_FALSE(safetensors_header_length(prefix_of(11), 18));
  EXPECT_FALSE(safetensors_header_length(prefix_of(~0ULL), 18));
}

TEST(SafetensorsHeader, RefusesHeadersOverTheBoundOfTheFormat) {
  const auto file_bytes = 1ULL << 40;
  EXPECT_TRUE(safetensors_header_length(prefix_of(safetensors_header_bytes), file_bytes));
  EXPECT_FALSE(safetensors_header_length(prefix_of(safetensors_header_bytes + 1), file_bytes));
}

struct HostileHeader {
  const char* name;
  const char* json;
  const char* reason;
};

constexpr HostileHeader hostile_headers[] = {
    {"NoJson", "\x80\x04 pickle", "malformed JSON"},
    {"Truncated", R"({"a": {"dtype": "F32")", "malformed JSON"},
    {"NoObject", "[]", "its header is no object"},
    {"EntryNoObject", R"({"a": 3})", "\"a\" is no object"},
    {"NoType", R"({"a": {"shape": [1], "data_offsets": [0, 4]}})", "has no dtype"},
    {"UnknownType",
     R"({"a": {"dtype": "F8", "shape": [4], "data_offsets": [0, 4]}})",
     "unknown dtype \"F8\""},
    {"NegativeShape",
     R"({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}})",
     "whole numbers"},
    {"FractionalShape",
     R"({"a": {"dtype": "F32", "shape": [1.0], "data_offsets": [0, 4]}})",
     "whole numbers"},
    {"NoShape", R"({"a": {"dtype": "F32", "data_offsets": [0, 4]}})", "whole numbers"},
    {"ThreeOffsets",
     R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 4]}})",
     "two data_offsets"},
    {"OverflowingShape",
     R"({"a": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 0]}})",
     "do not fit its shape"},
    {"OverflowHiddenByZero",
     R"({"a": {"dtype": "F32", "shape": [0, 4294967296, 4294967296], "data_offsets": [0, 0]}})",
     "do not fit its shape"},
    {"OffsetsTurnedRound",
     R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}})",
     "do not fit its shape"},
    {"TooFewBytes",
     R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}})",
     "do not fit its shape"},
    {"BeyondTheFile",
     R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})",
     "take 8 bytes, the file has 4"},
    {"UnusedBytes", "{}", "take 0 bytes, the file has 4"},
    {"Gap",
     R"({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
         "b": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}})",
     "\"b\" overlaps another or leaves a gap"},
    {"Overlap",
     R"({"a": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]},
         "b": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}})",
     "\"b\" overlaps another or leaves a gap"},
    {"TwiceTheSameName",
     R"({"a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]},
         "a": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}})",
     "given twice"},
    {"MetadataNoObject", R"({"__metadata__": "text"})", "__metadata__ is no object"},
    {"MetadataNoString", R"({"__metadata__": {"epoch": 3}})", "__metadata__.epoch is no string"},
};

class HostileSafetensorsHeader : public ::testing::TestWithParam<HostileHeader> {};

TEST_P(HostileSafetensorsHeader, IsRefusedWithTheReason) {
  EXPECT_THAT(refusal(GetParam().json, 4), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(Inputs,
                         HostileSafetensorsHeader,
                         ::testing::ValuesIn(hostile_headers),
                         [](const auto& param_info) { return std::string(param_info.param.name); });

TEST(SafetensorsHeader, RefusesEveryTruncationOfAValidHeader) {
  const std::string json = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  ASSERT_EQ(refusal(json, 4), "accepted");

  for (std::size_t length = 0; length < json.size(); ++length) {
    EXPECT_NE(refusal(json.substr(0, length), 4), "accepted") << length;
  }
}

}  // namespace

}  // namespace athanor::tensor
