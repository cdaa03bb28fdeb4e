#include "athanor/spec/validation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::spec {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Table& train_table() {
  return *find_table("classification", "train");
}

std::string fault(const char* spec) {
  const auto status = validate(train_table(), Json::parse(spec));
  return status ? "" : status.error().message;
}

TEST(Validate, AcceptsAnEmptySpec) {
  EXPECT_EQ(fault("{}"), "");
}

TEST(Validate, RefusesWhatIsNoObject) {
  EXPECT_EQ(fault("[1]"), "the spec: [1] is not allowed, expected an object");
}

TEST(Validate, NamesPathGivenValueAndWhatIsAllowed) {
  EXPECT_EQ(fault(R"({"train_config": {"n_epochs": "many"}})"),
            "train_config.n_epochs: \"many\" is not allowed, expected an integer of at least 1");
}

TEST(Validate, ReportsEveryFault) {
  EXPECT_THAT(fault(R"({"gpus": true, "eval_config": {"top_k": 0, "batch_size": 1.5}})"),
              AllOf(HasSubstr("gpus:"),
                    HasSubstr("eval_config.top_k:"),
                    HasSubstr("eval_config.batch_size:")));
}

TEST(Validate, RefusesNumbersBeyondTheirBounds) {
  EXPECT_THAT(fault(R"({"model_config": {"dropout": 1.01}})"),
              HasSubstr("expected a number from 0 to 1"));
  EXPECT_EQ(fault(R"({"model_config": {"dropout": 1}})"), "");
}

TEST(Validate, RefusesUnknownOptions) {
  EXPECT_THAT(fault(R"({"train_config": {"preprocess_mode": "keras"}})"),
              HasSubstr("expected one of caffe, torch, tf"));
}

TEST(Validate, TakesEnumTokensWithAndWithoutUnderscores) {
  EXPECT_EQ(fault(R"({"model_config": {"resize_interpolation_method": "__BICUBIC__"}})"), "");
  EXPECT_EQ(fault(R"({"model_config": {"resize_interpolation_method": "BICUBIC"}})"), "");
  EXPECT_EQ(fault(R"({"train_config": {"reg_config": {"type": "__L1__"}}})"), "");
}

TEST(Validate, TakesNumericStringsAsNumbers) {
  EXPECT_EQ(fault(R"({"train_config": {"n_epochs": "10", "label_smoothing": "0.1"}})"), "");
}

TEST(Validate, BoundsNumericStringsToo) {
  EXPECT_THAT(fault(R"({"train_config": {"n_epochs": "0"}})"), HasSubstr("at least 1"));
}

TEST(Validate, TakesWholeFloatsAsIntegers) {
  EXPECT_EQ(fault(R"({"train_config": {"n_epochs": 10.0}})"), "");
}

TEST(Validate, RefusesIntegersThatDoNotFit) {
  EXPECT_THAT(fault(R"({"train_config": {"random_seed": 18446744073709551615}})"),
              HasSubstr("expected an integer"));
  EXPECT_EQ(fault(R"({"train_config": {"random_seed": 9223372036854775807}})"), "");
}

TEST(Validate, RefusesStringsThatOnlyLookInfinite) {
  EXPECT_THAT(fault(R"({"train_config": {"label_smoothing": "inf"}})"), HasSubstr("a number"));
  EXPECT_THAT(fault(R"({"train_config": {"label_smoothing": "nan"}})"), HasSubstr("a number"));
}

TEST(Validate, TakesNullAsNotGiven) {
  EXPECT_EQ(fault(R"({"train_config": null, "gpus": null})"), "");
}

TEST(Validate, KeepsOutOfUnknownKeys) {
  EXPECT_EQ(fault(R"({"mystery": {"a": [1, {"b": 2}]}, "train_config": {"future": "x"}})"), "");
}

TEST(Validate, LeavesWhatTheServerFillsUnjudged) {
  EXPECT_EQ(fault(R"({"train_config": {"train_dataset_path": 5}})"), "");
}

TEST(Validate, RefusesAScalarInPlaceOfAnObject) {
  EXPECT_EQ(fault(R"({"train_config": 5})"), "train_config: 5 is not allowed, expected an object");
}

TEST(Validate, TakesOneOrSeveralOfARepeatedParameter) {
  EXPECT_EQ(fault(R"({"model_config": {"freeze_blocks": 1}})"), "");
  EXPECT_EQ(fault(R"({"model_config": {"freeze_blocks": [0, 1]}})"), "");
  EXPECT_THAT(fault(R"({"model_config": {"freeze_blocks": [0, "x"]}})"),
              HasSubstr("model_config.freeze_blocks[1]: \"x\""));
}

TEST(Validate, NamesTheItemOfAList) {
  EXPECT_THAT(
      fault(R"({"train_config": {"lr_config": {"soft_anneal": {"annealing_points": [0.3, []]}}}})"),
      HasSubstr("annealing_points[1]: [] is not allowed, expected a number"));
}

TEST(Validate, ChecksTheObjectsOfAList) {
  const Json spec = Json::parse(R"({"target_class_mapping": [{"key": "a"}, {"key": 5}, 7]})");
  const auto status = validate(*find_table("object_detection", "convert"), spec);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              AllOf(HasSubstr("target_class_mapping[1].key: 5"),
                    HasSubstr("target_class_mapping[2]: 7"),
                    Not(HasSubstr("[0]"))));
}

TEST(Validate, ShortensLongValues) {
  const Json spec = {{"gpus", std::string(5000, 'x')}};
  EXPECT_LT(validate(train_table(), spec).error().message.size(), 200U);
}

TEST(Validate, CutsLongValuesBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "\u00fc";
  }
  const auto message = validate(train_table(), Json{{"gpus", text}}).error().message;
  EXPECT_NO_THROW(static_cast<void>(Json(message).dump()));  // The strict dump refuses bad UTF-8.
}

TEST(Validate, CountsTheFaultsItDoesNotShow) {
  Json points = Json::array();
  for (int i = 0; i < 1000; ++i) {
    points.push_back("x");
  }
  Json spec;
  set_path(spec, "train_config.lr_config.soft_anneal.annealing_points", points);
  EXPECT_THAT(validate(train_table(), spec).error().message, HasSubstr("; and 900 more"));
}

}  // namespace
}  // namespace athanor::spec
