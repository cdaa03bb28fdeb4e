#include "athanor/runtime/graph.hpp"

#include <functional>

#include "unit/runtime/model_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::runtime {

namespace {

using ::testing::HasSubstr;
using testing::ModelMaker;
using testing::noise;

TEST(OutputShape, FollowsTheWindowsOfPools) {
  Pool pool{PoolKind::max, {3, 3}, {2, 2}, {1, 1}, {0, 0}, {0, 0}, false};

  EXPECT_EQ(output_shape(pool, {{open_batch, 4, 8, 9}}).value(), (Shape{open_batch, 4, 3, 4}));

  pool.ceil_mode = true;
  EXPECT_EQ(output_shape(pool, {{open_batch, 4, 8, 9}}).value(), (Shape{open_batch, 4, 4, 4}));
}

TEST(OutputShape, LeavesOutCeiledWindowsThatBeginInThePadding) {
  const Pool pool{PoolKind::max, {2, 2}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, true};

  // Torch: floor((5 + 2 - 2 + 1) / 2) + 1 = 4 windows, the last of which would begin at 6 > 5.
  EXPECT_EQ(output_shape(pool, {{1, 1, 5, 5}}).value(), (Shape{1, 1, 3, 3}));
}

TEST(OutputShape, TakesPaddingThatNoWindowReaches) {
  // The windows begin at 0 and 2, and so does none behind the picture.
  const Pool pool{.window = {1, 1}, .strides = {2, 2}, .pad_begin = {0, 0}, .pad_end = {1, 1}};

  EXPECT_EQ(output_shape(pool, {{1, 1, 3, 3}}).value(), (Shape{1, 1, 2, 2}));
}

TEST(OutputShape, RefusesWhatDoesNotFit) {
  const Shape picture{open_batch, 4, 8, 8};
  const std::vector<std::pair<Operation, std::vector<Shape>>> cases{
      {Convolution{}, {picture, {8, 3, 3, 3}}},
      {Convolution{}, {picture, {8, 4, 9, 9}}},
      {Convolution{}, {picture, {8, 4, 3, 3}, {7}}},
      {Convolution{.strides = {0, 1}}, {picture, {8, 4, 3, 3}}},
      {Convolution{.groups = 3}, {picture, {8, 4, 3, 3}}},
      {Linear{}, {{open_batch, 5}, {3, 4}}},
      {MatMul{}, {{open_batch, 5}, {4, 3}}},
      {Pool{.window = {9, 9}}, {picture}},
      {Pool{.window = {2, 2}, .pad_begin = {2, 2}}, {picture}},
      {Pool{.window = {2, 2}, .pad_end = {2, 2}}, {picture}},
      {Pool{.window = {2, 2}, .pad_end = {0, 3}, .ceil_mode = true}, {picture}},
      {Binary{}, {picture, {3, 1, 1}}},
      {Softmax{.axis = 4}, {picture}},
      {Concat{.axis = 1}, {picture, {open_batch, 4, 8, 7}}},
      {Concat{.axis = 0}, {picture, picture}},
      {Reshape{{open_batch, 255}}, {picture}},
      {Reshape{{256}}, {picture}},
      {Transpose{{0, 1, 1, 3}}, {picture}},
      {Slice{.axis = 1, .begin = 2, .end = 2}, {picture}},
      {Slice{.axis = 1, .begin = 2, .end = 5}, {picture}},
      {Mean{{0}}, {picture}},
  };
  for (const auto& [operation, shapes] : cases) {
    EXPECT_FALSE(output_shape(operation, shapes)) << name_of(operation);
  }
}

/// A network in which everything can be broken.
EngineModel sound_model() {
  ModelMaker maker;
  const auto x = maker.input({open_batch, 3, 8, 8});
  const auto weights = maker.constant(noise({4, 3, 3, 3}, 1));
  const auto bias = maker.constant(noise({4}, 2));
  const auto first = maker.layer(Convolution{}, {x, weights, bias});
  const auto pooled = maker.layer(Pool{.window = {6, 6}}, {first});
  maker.output(maker.layer(Reshape{{open_batch, 4}}, {pooled}));
  return maker.model();
}

TEST(CheckModel, AcceptsASoundModel) {
  EXPECT_TRUE(check_model(sound_model()));
}

TEST(CheckModel, RefusesWhatASessionCouldNotRun) {
  using Break = std::function<void(EngineModel&)>;
  const std::vector<std::pair<const char*, Break>> cases{
      {"no input", [](auto& m) { m.inputs.clear(); }},
      {"no output", [](auto& m) { m.outputs.clear(); }},
      {"an input without a batch",
       [](auto& m) {
         m.values.push_back({"y", {}}), m.inputs.push_back(m.values.size() - 1);
       }},
      {"an output that is nowhere", [](auto& m) { m.outputs[0] = 99; }},
      {"no threads", [](auto& m) { m.threads = 0; }},
      {"no batch", [](auto& m) { m.max_batch = 0; }},
      {"a batch beyond memory", [](auto& m) { m.max_batch = 1 << 30; }},
      {"an input from nowhere", [](auto& m) { m.layers[0].inputs[0] = 1000; }},
      {"layers in a wrong order", [](auto& m) { std::swap(m.layers[0], m.layers[1]); }},
      {"a value computed twice", [](auto& m) { m.layers[1].output = m.layers[0].output; }},
      {"a constant that is computed", [](auto& m) { m.layers[0].output = 1; }},
      {"weights that end early", [](auto& m) { m.weights.resize(m.weights.size() - 1); }},
      {"a constant far out", [](auto& m) { m.values[1].constant->offset = ~63ULL; }},
      {"a constant too short", [](auto& m) { m.values[1].constant->bytes -= 4; }},
      {"a wrong shape", [](auto& m) { m.values[m.layers[0].output].shape[1] = 5; }},
      {"an empty tensor", [](auto& m) { m.values[0].shape[2] = 0; }},
      {"a scale of zero", [](auto& m) { m.values[0].scale = 0; }},
      {"integers from a float layer",
       [](auto& m) { m.values[m.layers[0].output].type = ElementType::s8; }},
      {"computed weights", [](auto& m) { m.values[1].constant.reset(), m.inputs.push_back(1); }},
      {"a sum with itself", [](auto& m) { m.layers[0].fused = {AddValue{m.layers[0].output}}; }},
      {"a sum of another shape", [](auto& m) { m.layers[0].fused = {AddValue{0}}; }},
      {"steps in a pool", [](auto& m) { m.layers[1].fused = {Elementwise{}}; }},
      {"integer scales without integer weights",
       [](auto& m) {
         m.layers[0].quantisation = Quantisation{ElementType::s8, 1, {1, 1, 1, 1}};
       }},
  };
  for (const auto& [name, break_it] : cases) {
    auto model = sound_model();
    break_it(model);
    EXPECT_FALSE(check_model(model)) << name;
  }
}

TEST(CheckModel, RefusesFloatsOnTopOfIntegers) {
  ModelMaker maker;
  const auto x = maker.input({open_batch, 4, 8, 8});
  const auto weights = maker.constant(noise({4, 4, 1, 1}, 1));
  const auto first = maker.layer(Convolution{}, {x, weights});
  const auto second = maker.layer(Convolution{}, {first, weights}, {AddValue{first}});
  maker.output(maker.layer(Convolution{}, {second, weights}));
  auto& model = maker.model();
  model.values[weights].type = ElementType::s8;
  model.values[weights].constant = append_weights(model, std::string(16, '\1'));
  for (auto& layer : model.layers) {
    layer.quantisation = Quantisation{ElementType::s8, 1, {1, 1, 1, 1}};
  }
  model.values[first].type = ElementType::s8;
  model.values[second].type = ElementType::u8;
  EXPECT_TRUE(check_model(model));

  model.values[first].type = ElementType::f32;

  EXPECT_THAT(check_model(model).error().message, HasSubstr("floats cannot be added"));
}

TEST(CheckModel, NamesTheLayerThatIsWrong) {
  auto model = sound_model();
  std::get<Pool>(model.layers[1].operation).window = {7, 7};

  EXPECT_THAT(check_model(model).error().message, HasSubstr("layer layer1"));
}

}  // namespace

}  // namespace athanor::runtime
