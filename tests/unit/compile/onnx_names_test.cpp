#include "athanor/compile/onnx_names.hpp"

#include <map>
#include <string>

#include "unit/compile/onnx_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::compile {

namespace {

using testing::OnnxMaker;
using ::testing::UnorderedElementsAre;

/// Two convolutions that read the same, a function, and weights that are transposed first.
std::string two_layers_and_more() {
  OnnxMaker maker;
  maker.input("x", {-1, 1, 1, 1});
  maker.numbers("left.weight", {1, 1, 1, 1}, {2});
  maker.numbers("right.weight", {1, 1, 1, 1}, {3});
  maker.numbers("late.weight", {1, 1}, {4});
  maker.node("Conv", {"x", "left.weight"}, "left");
  maker.node("Conv", {"x", "right.weight"}, "right");
  maker.node("Add", {"left", "right"}, "sum");
  maker.node("Transpose", {"late.weight"}, "matrix");
  maker.node("MatMul", {"sum", "matrix"}, "y");
  maker.output("y");
  return maker.bytes();
}

TEST(OnnxNames, AreThoseOfInputsAndOfWhatNodesCompute) {
  EXPECT_THAT(activation_names(two_layers_and_more()).value(),
              UnorderedElementsAre("x", "left", "right", "sum", "matrix", "y"));
}

TEST(OnnxNames, TellWhatALayerReadsByItsWeights) {
  const std::map<std::string, std::string> expected{{"left.weight", "x"}, {"right.weight", "x"}};

  EXPECT_EQ(inputs_by_weights(two_layers_and_more()).value(), expected);
}

TEST(OnnxNames, AreNotReadFromSomethingElse) {
  EXPECT_EQ(activation_names("no model").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(inputs_by_weights("no model").error().code, ErrorCode::invalid_argument);
}

}  // namespace

}  // namespace athanor::compile
