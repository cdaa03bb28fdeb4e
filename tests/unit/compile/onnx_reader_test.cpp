#include "athanor/compile/onnx_reader.hpp"

#include <functional>
#include <limits>

#include "unit/compile/onnx_maker.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/compile/fusion.hpp"
#include "athanor/compile/graph_edit.hpp"

namespace athanor::compile {

namespace {

using runtime::open_batch;
using runtime::Shape;
using ::testing::HasSubstr;
using testing::OnnxMaker;
using testing::set_integer;
using testing::set_integers;

/// The shape that one node makes of an input.
Shape shape_after(const Shape& input, const std::function<void(OnnxMaker&)>& add_node) {
  OnnxMaker maker;
  maker.input("x", input);
  add_node(maker);
  maker.output("y");
  const auto model = read_onnx(maker.bytes());
  EXPECT_TRUE(model) << model.error().message;
  return model ? model->values[model->outputs[0]].shape : Shape{};
}

/// A batch norm over so many channels of `input`.
onnx::NodeProto& norm_of(OnnxMaker& maker,
                         const std::string& input,
                         std::int64_t channels,
                         const std::string& output) {
  const std::vector<float> ones(static_cast<std::size_t>(channels), 1);
  for (const auto* name : {"scale", "shift", "mean", "variance"}) {
    maker.numbers(name, {channels}, ones);
  }
  return maker.node("BatchNormalization", {input, "scale", "shift", "mean", "variance"}, output);
}

std::string refusal_of(OnnxMaker& maker) {
  maker.output("y");
  const auto model = read_onnx(maker.bytes());
  return model ? "accepted" : model.error().message;
}

TEST(OnnxReader, ResolvesShapesWithAnOpenBatch) {
  const Shape picture{open_batch, 3, 4, 5};
  const auto reshape = [](const std::vector<std::int64_t>& target) {
    return [target](OnnxMaker& maker) {
      maker.integers("shape", target);
      maker.node("Reshape", {"x", "shape"}, "y");
    };
  };
  EXPECT_EQ(shape_after(picture, reshape({0, -1})), (Shape{open_batch, 60}));
  EXPECT_EQ(shape_after(picture, reshape({-1, 60})), (Shape{open_batch, 60}));
  EXPECT_EQ(shape_after(picture, reshape({0, 3, -1})), (Shape{open_batch, 3, 20}));
  EXPECT_EQ(shape_after(picture, reshape({3, -1, 20})), (Shape{3, open_batch, 20}));
  EXPECT_EQ(shape_after({2, 3, 4}, reshape({-1, 3})), (Shape{8, 3}));
  EXPECT_EQ(shape_after(picture, [](OnnxMaker& m) { m.node("Flatten", {"x"}, "y"); }),
            (Shape{open_batch, 60}));
  const auto flatten = [](std::int64_t axis) {
    return [axis](OnnxMaker& m) { set_integer(m.node("Flatten", {"x"}, "y"), "axis", axis); };
  };
  EXPECT_EQ(shape_after({2, 3, 4}, flatten(-1)), (Shape{6, 4}));
  EXPECT_EQ(shape_after({2, 3, 4}, flatten(3)), (Shape{24, 1}));
  EXPECT_EQ(shape_after(picture, flatten(-3)), (Shape{open_batch, 60}));
  EXPECT_EQ(shape_after({open_batch, 3},
                        [](OnnxMaker& m) {
                          m.integers("axes", {-1, 1});
                          m.node("Unsqueeze", {"x", "axes"}, "y");
                        }),
            (Shape{open_batch, 1, 3, 1}));
  EXPECT_EQ(shape_after({open_batch, 1, 3, 1},
                        [](OnnxMaker& m) {
                          m.integers("axes", {1, -1});
                          m.node("Squeeze", {"x", "axes"}, "y");
                        }),
            (Shape{open_batch, 3}));
  EXPECT_EQ(shape_after(picture,
                        [](OnnxMaker& m) {
                          m.integers("begin", {-2, 0});
                          m.integers("end", {1000, 2});
                          m.integers("axes", {3, 1});
                          m.node("Slice", {"x", "begin", "end", "axes"}, "y");
                        }),
            (Shape{open_batch, 2, 4, 2}));
  EXPECT_EQ(shape_after(picture,
                        [](OnnxMaker& m) {
                          auto& node = m.node("ReduceMean", {"x"}, "y");
                          set_integers(node, "axes", {-1, -2});
                          set_integer(node, "keepdims", 0);
                        }),
            (Shape{open_batch, 3}));
}

TEST(OnnxReader, KeepsTheDimensionOfAListOfOneIndexAlone) {
  const Shape picture{open_batch, 3, 4, 5};
  const auto gather = [](OnnxMaker& m) {
    set_integer(m.node("Gather", {"x", "index"}, "y"), "axis", 2);
  };

  EXPECT_EQ(shape_after(picture,
                        [&](OnnxMaker& m) {
                          m.integer("index", -1);
                          gather(m);
                        }),
            (Shape{open_batch, 3, 5}));
  EXPECT_EQ(shape_after(picture,
                        [&](OnnxMaker& m) {
                          m.integers("index", {-1});
                          gather(m);
                        }),
            (Shape{open_batch, 3, 1, 5}));
}

TEST(OnnxReader, NamesOperatorsWithoutALayerAndTheirNode) {
  OnnxMaker maker;
  maker.input("x", {-1, 3, 8, 8});
  maker.node("DeformConv", {"x"}, "y");

  const auto message = refusal_of(maker);

  EXPECT_THAT(message, HasSubstr("DeformConv"));
  EXPECT_THAT(message, HasSubstr("node y"));
}

TEST(OnnxReader, RefusesWhatItCannotRepresent) {
  using Spoil = std::function<void(OnnxMaker&)>;
  const std::vector<std::pair<const char*, Spoil>> cases{
      {"the node y has no output", [](auto& m) { m.node("Relu", {"x"}, "y").clear_output(); }},
      {"before it", [](auto& m) { m.node("Relu", {"z"}, "y"); }},
      {"lacks input 0", [](auto& m) { m.node("Relu", {}, "y"); }},
      {"defined twice", [](auto& m) { m.node("Relu", {"x"}, "y"), m.node("Relu", {"x"}, "y"); }},
      {"no node computes", [](auto& m) { m.node("Relu", {"x"}, "z"); }},
      {"it has to be constant",
       [](auto& m) {
         m.node("Conv", {"x", "x"}, "y");
       }},
      {"auto_pad",
       [](auto& m) {
         m.numbers("w", {1, 3, 1, 1}, {1, 2, 3});
         auto& attribute = *m.node("Conv", {"x", "w"}, "y").add_attribute();
         attribute.set_name("auto_pad");
         attribute.set_s("SAME_UPPER");
       }},
      {"reads no channels",
       [](auto& m) {
         m.input("z", {-1});
         m.node("BatchNormalization", {"z"}, "y");
       }},
      {"the BatchNormalization y is in training mode",
       [](auto& m) { set_integer(norm_of(m, "x", 3, "y"), "training_mode", 1); }},
      {"the BatchNormalization y is in training mode",
       [](auto& m) { norm_of(m, "x", 3, "y").add_output("mean"); }},
      {"the MaxPool y: a padding of 0 and 2 hides a window of 2",
       [](auto& m) {
         auto& node = m.node("MaxPool", {"x"}, "y");
         set_integers(node, "kernel_shape", {2, 2});
         set_integers(node, "pads", {0, 0, 0, 2});
       }},
      {"constant integers",
       [](auto& m) {
         m.node("Reshape", {"x", "x"}, "y");
       }},
      {"the batch",
       [](auto& m) {
         m.integers("shape", {-1, 8});
         m.node("Reshape", {"x", "shape"}, "y");
       }},
      {"cuts the batch",
       [](auto& m) {
         m.integers("zero", {0});
         m.integers("one", {1});
         m.node("Slice", {"x", "zero", "one", "zero"}, "y");
       }},
      {"does not spread",
       [](auto& m) {
         m.numbers("c", {5}, {1, 2, 3, 4, 5});
         m.node("Sub", {"x", "c"}, "y");
       }},
      {"3 numbers, not 4",
       [](auto& m) {
         m.numbers("c", {4}, {1, 2, 3});
       }},
      {"does not depend on any input",
       [](auto& m) {
         m.numbers("c", {4}, {1, 2, 3, 4});
         m.node("Relu", {"c"}, "y");
       }},
      {"more than",
       [](auto& m) {
         m.input("z", {-1, 1 << 20, 1 << 20});
       }},
      {"more than",
       [](auto& m) {
         const std::vector<float> zeros(std::size_t{1} << 16);
         m.numbers("column", {1 << 16, 1}, zeros);
         m.numbers("row", {1, 1 << 16}, zeros);
         m.node("MatMul", {"column", "row"}, "y");
       }},
      {"is empty",
       [](auto& m) {
         m.numbers("w", {0, 3, 1, 1}, {});
         m.numbers("two", {1}, {2});
         m.node("Conv", {"x", "w"}, "nothing");
         m.node("Mul", {"nothing", "two"}, "y");
       }},
      {"opset 9", [](auto& m) { m.file().mutable_opset_import(0)->set_version(9); }},
      {"leaves dimension 1 open",
       [](auto& m) {
         m.input("z", {-1, -1});
       }},
  };
  for (const auto& [expected, spoil] : cases) {
    OnnxMaker maker;
    maker.input("x", {-1, 3, 8, 8});
    spoil(maker);
    EXPECT_THAT(refusal_of(maker), HasSubstr(expected));
  }
  EXPECT_THAT(read_onnx("no onnx at all").error().message, HasSubstr("no ONNX file"));
}

TEST(OnnxReader, ComputesWhatIsConstant) {
  OnnxMaker maker;
  maker.input("x", {-1, 2});
  maker.numbers("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  set_integers(maker.node("Transpose", {"w"}, "turned"), "perm", {1, 0});
  maker.node("Neg", {"turned"}, "negated");
  set_integer(maker.node("Gemm", {"x", "negated"}, "y"), "transB", 1);
  maker.output("y");

  const auto model = read_onnx(maker.bytes());

  ASSERT_TRUE(model) << model.error().message;
  ASSERT_EQ(model->layers.size(), 1U);
  EXPECT_EQ(numbers_of(*model, model->values[model->layers[0].inputs[1]]),
            (std::vector<float>{-1, -4, -2, -5, -3, -6}));
}

TEST(OnnxReader, TakesAnInfiniteBoundForNone) {
  OnnxMaker maker;
  maker.input("x", {-1, 2});
  maker.numbers("least", {}, {0});
  maker.numbers("most", {}, {std::numeric_limits<float>::infinity()});
  maker.node("Clip", {"x", "least", "most"}, "y");
  maker.output("y");

  const auto model = read_onnx(maker.bytes());

  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(std::get<runtime::Elementwise>(model->layers.front().operation).beta,
            std::numeric_limits<float>::max());
}

TEST(OnnxReader, GivesOutputsThatShareATensorTheirOwnNames) {
  OnnxMaker maker;
  maker.input("x", {-1, 2});
  maker.node("Relu", {"x"}, "y");
  maker.node("Identity", {"y"}, "again");
  maker.node("Identity", {"x"}, "same");
  for (const auto* name : {"y", "again", "same"}) {
    maker.output(name);
  }

  const auto model = read_onnx(maker.bytes());

  ASSERT_TRUE(model) << model.error().message;
  ASSERT_TRUE(check_model(*model));
  EXPECT_EQ(model->values[model->outputs[1]].name, "again");
  EXPECT_EQ(model->values[model->outputs[2]].name, "same");
}

/// How many layers are left of a convolution and what follows it.
std::vector<runtime::Layer> fused_layers(const std::function<void(OnnxMaker&)>& follow) {
  OnnxMaker maker;
  maker.input("x", {-1, 2, 8, 8});
  maker.numbers("w", {2, 2, 1, 1}, {1, 2, 3, 4});
  maker.node("Conv", {"x", "w"}, "conv");
  follow(maker);
  maker.output("y");
  auto model = read_onnx(maker.bytes());
  EXPECT_TRUE(model) << model.error().message;
  fuse(*model);
  EXPECT_TRUE(check_model(*model));
  return model->layers;
}

TEST(Fusion, MakesOneLayerOfAConvolutionAndWhatFollowsIt) {
  auto layers = fused_layers([](OnnxMaker& m) {
    norm_of(m, "conv", 2, "norm");
    m.node("Add", {"x", "norm"}, "sum");
    m.node("Relu", {"sum"}, "y");
  });
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].fused.size(), 2U);
  EXPECT_EQ(layers[0].inputs.size(), 3U);

  layers = fused_layers([](OnnxMaker& m) {
    norm_of(m, "conv", 2, "norm");
    m.node("Sigmoid", {"norm"}, "gate");
    m.node("Mul", {"norm", "gate"}, "y");
  });
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(std::get<runtime::Elementwise>(layers[0].fused[0]).function, runtime::Function::swish);

  layers = fused_layers([](OnnxMaker& m) {
    m.node("Softplus", {"conv"}, "plus");
    m.node("Tanh", {"plus"}, "tanh");
    m.node("Mul", {"tanh", "conv"}, "y");
  });
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(std::get<runtime::Elementwise>(layers[0].fused[0]).function, runtime::Function::mish);
}

TEST(Fusion, LeavesAloneWhatOthersReadToo) {
  const auto layers = fused_layers([](OnnxMaker& m) {
    m.node("Relu", {"conv"}, "relu");
    m.node("Add", {"relu", "conv"}, "y");
  });

  EXPECT_EQ(layers.size(), 3U);
}

TEST(Fusion, LeavesAloneASumThatSpreadsAConvolutionOverALargerTensor) {
  const auto layers = fused_layers([](OnnxMaker& m) {
    m.node("GlobalAveragePool", {"conv"}, "mean");
    m.node("Conv", {"mean", "w"}, "context");
    m.node("Add", {"conv", "context"}, "y");
  });

  EXPECT_EQ(layers.size(), 4U);
}

TEST(Fusion, AddsToTheLaterOfTwoConvolutions) {
  const auto layers = fused_layers([](OnnxMaker& m) {
    m.node("Conv", {"conv", "w"}, "second");
    m.node("Conv", {"x", "w"}, "third");
    m.node("Add", {"second", "third"}, "y");
  });

  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[2].name, "third");
  EXPECT_EQ(layers[2].fused.size(), 1U);
}

}  // namespace

}  // namespace athanor::compile
