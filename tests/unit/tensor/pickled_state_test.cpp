#include "athanor/tensor/pickled_state.hpp"

#include "support/paths.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::tensor {

namespace {

using ::testing::HasSubstr;

/// Pickles by hand, operation for operation.
class PickleText {
 public:
  PickleText& add(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }

  PickleText& text(std::string_view value) {
    bytes_ += 'X';
    for (int shift = 0; shift < 32; shift += 8) {
      bytes_ += static_cast<char>(value.size() >> shift & 0xff);
    }
    bytes_ += value;
    return *this;
  }

  PickleText& number(std::int32_t value) {
    bytes_ += 'J';
    for (int shift = 0; shift < 32; shift += 8) {
      bytes_ += static_cast<char>(static_cast<std::uint32_t>(value) >> shift & 0xff);
    }
    return *this;
  }

  /// A tensor of one dimension in a storage of `elements` floats.
  PickleText& tensor(std::int32_t elements,
                     std::int32_t offset,
                     std::int32_t size,
                     std::int32_t stride,
                     std::string_view key = "0") {
    add("ctorch._utils\n_rebuild_tensor_v2\n((").text("storage").add("ctorch\nFloatStorage\n");
    text(key).text("cpu").number(elements).add("tQ").number(offset);
    number(size).add("\x85").number(stride).add("\x85").add("\x89)tR");
    return *this;
  }

  [[nodiscard]] std::string end() const { return "\x80\x02" + bytes_ + "."; }

 private:
  std::string bytes_;
};

/// {"a": a tensor}
std::string one_tensor(std::int32_t elements,
                       std::int32_t offset,
                       std::int32_t size,
                       std::int32_t stride) {
  return PickleText().add("}").text("a").tensor(elements, offset, size, stride).add("s").end();
}

std::string refusal(const std::string& pickle) {
  const auto state = parse_pickled_state(pickle);
  return state ? "accepted" : state.error().message;
}

TEST(PickledState, ReadsATensorsPlace) {
  const auto state = parse_pickled_state(one_tensor(10, 2, 4, 2));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->storages, (std::vector<PickledStorage>{{"0", DataType::f32, 10}}));
  EXPECT_EQ(state->tensors, (std::vector<PickledTensor>{{"a", 0, 2, {4}, {2}}}));
}

TEST(PickledState, SharesAStorageOfOneKey) {
  const auto state = parse_pickled_state(PickleText()
                                             .add("}")
                                             .text("a")
                                             .tensor(4, 0, 2, 1)
                                             .add("s")
                                             .text("b")
                                             .tensor(4, 2, 2, 1)
                                             .add("s")
                                             .end());
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->storages.size(), 1U);
  EXPECT_EQ(state->tensors[1].offset, 2U);
}

TEST(PickledState, RefusesTensorsThatReachOutOfTheirStorage) {
  EXPECT_EQ(refusal(one_tensor(4, 0, 4, 1)), "accepted");
  EXPECT_EQ(refusal(one_tensor(4, 4, 0, 1)), "accepted");
  EXPECT_EQ(refusal(one_tensor(0, 0, 0, 1)), "accepted");
  for (const auto& pickle : {one_tensor(4, 0, 5, 1),
                             one_tensor(4, 1, 4, 1),
                             one_tensor(4, 5, 0, 1),
                             one_tensor(4, 0, 3, 2),
                             one_tensor(4, 0, 2, 2'000'000'000),
                             one_tensor(0, 0, 1, 1)}) {
    EXPECT_THAT(refusal(pickle), HasSubstr("a reaches out of its storage"));
  }
}

TEST(PickledState, RefusesTensorsThatRepeatTheirStorage) {
  EXPECT_THAT(refusal(one_tensor(1, 0, 2'000'000'000, 0)), HasSubstr("reaches out of its storage"));
}

TEST(PickledState, RefusesNegativeNumbers) {
  EXPECT_THAT(refusal(one_tensor(-1, 0, 1, 1)), HasSubstr("no known form"));
  EXPECT_THAT(refusal(one_tensor(4, -1, 1, 1)), HasSubstr("no valid offset"));
  EXPECT_THAT(refusal(one_tensor(4, 0, -1, 1)), HasSubstr("no valid offset"));
  EXPECT_THAT(refusal(one_tensor(4, 3, 2, -1)), HasSubstr("no valid offset"));
}

TEST(PickledState, RefusesWhateverWouldRunSomethingByName) {
  EXPECT_THAT(refusal("\x80\x02"
                      "cos\nsystem\nX\x02\0\0\0id\x85R."),
              HasSubstr("os.system"));
  EXPECT_THAT(refusal(PickleText().add("cbuiltins\neval\n)R").end()), HasSubstr("builtins.eval"));
  EXPECT_THAT(refusal(PickleText().add("c__builtin__\nset\n]\x85R").end()), HasSubstr("set"));
  EXPECT_THAT(refusal(PickleText().add("ctorch\nload\n").end()), HasSubstr("torch.load"));
}

TEST(PickledState, ShowsNoControlCharactersOfTheFile) {
  EXPECT_THAT(refusal(PickleText().add("c\x1b[31m\rx\ny\n").end()), HasSubstr("?[31m?x.y"));
}

TEST(PickledState, RefusesOperationsThatNoStateNeeds) {
  for (const std::string_view operation :
       {"i__main__\nX\n", "\x81", "o", "\x94", "\x93", "B", "2"}) {
    EXPECT_THAT(refusal(PickleText().add(operation).end()), HasSubstr("uses the operation"))
        << operation;
  }
}

TEST(PickledState, RefusesOtherProtocols) {
  EXPECT_THAT(refusal("\x80\x04}."), HasSubstr("protocol 4"));
}

TEST(PickledState, RefusesPicklesThatBreakTheirStack) {
  for (const std::string_view operations : {"",
                                            "R",
                                            "}R",
                                            "Q",
                                            "s",
                                            "}u",
                                            "t",
                                            "((t",
                                            "h\x05",
                                            "q\x01",
                                            "b",
                                            "a",
                                            "]}s",
                                            "}]e",
                                            "\x87"}) {
    EXPECT_FALSE(parse_pickled_state(PickleText().add(operations).end())) << operations;
  }
}

TEST(PickledState, RefusesWhatEndsTooSoonAtEveryPlace) {
  const auto whole = one_tensor(10, 2, 4, 2);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_pickled_state(whole.substr(0, length))) << length;
  }
}

TEST(PickledState, SurvivesDepthThatWouldExhaustARecursion) {
  const auto nested = PickleText().add(")" + std::string(900'000, '\x85')).end();
  EXPECT_THAT(refusal(nested), HasSubstr("dictionary"));
}

TEST(PickledState, SurvivesACircle) {
  EXPECT_THAT(refusal(PickleText().add("}q\x01").text("a").add("h\x01s").end()),
              HasSubstr("a is no tensor"));
}

TEST(PickledState, BoundsWhatIsMadeOfOneListAgainAndAgain) {
  PickleText pickle;
  pickle.add("](");
  for (int i = 0; i < 1000; ++i) {
    pickle.add("]NaNa");
  }
  pickle.add("eq\x01");
  for (int i = 0; i < 5000; ++i) {
    pickle.add("ccollections\nOrderedDict\nh\x01\x85R0");
  }
  EXPECT_FALSE(parse_pickled_state(pickle.end()));
}

TEST(PickledState, RefusesMoreValuesThanAnyNetworkHas) {
  EXPECT_THAT(refusal(PickleText().add("(" + std::string(1'100'000, 'N') + "t").end()),
              HasSubstr("more than"));
}

TEST(PickledState, RefusesKeysTwiceAndKeysThatAreNoNames) {
  EXPECT_THAT(refusal(PickleText()
                          .add("}")
                          .text("a")
                          .tensor(1, 0, 1, 1)
                          .add("s")
                          .text("a")
                          .tensor(1, 0, 1, 1)
                          .add("s")
                          .end()),
              HasSubstr("has a twice"));
  EXPECT_THAT(refusal(PickleText().add("}").text("a b").tensor(1, 0, 1, 1).add("s").end()),
              HasSubstr("no name"));
  EXPECT_THAT(refusal(PickleText().add("}").number(1).tensor(1, 0, 1, 1).add("s").end()),
              HasSubstr("no name"));
}

TEST(PickledState, SaysHowToSaveAStateAlone) {
  EXPECT_THAT(refusal(PickleText().add("}").text("epoch").number(3).add("s").end()),
              HasSubstr("epoch is no tensor; save model.state_dict() alone"));
  EXPECT_THAT(refusal(PickleText().number(7).end()), HasSubstr("save model.state_dict()"));
}

TEST(PickledState, ReadsTheOldFormat) {
  const auto file =
      read_file(testing::source_folder() / "tests/golden/torch_files/linear_legacy.pth").value();
  ASSERT_TRUE(is_legacy_file(file));
  const auto legacy = parse_legacy_state(file);
  ASSERT_TRUE(legacy) << legacy.error().message;
  ASSERT_EQ(legacy->state.tensors.size(), 2U);
  EXPECT_EQ(legacy->state.tensors[0].name, "weight");
  EXPECT_EQ(legacy->order.size(), 2U);
  EXPECT_EQ(legacy->data_begin + 2 * 8 + (6 + 2) * 4, file.size());
}

}  // namespace

}  // namespace athanor::tensor
