#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/runtime/machine.hpp"
#include "athanor/runtime/tensor.hpp"

/// A compiled network as data: what an engine file holds, what a builder makes of ONNX and what a
/// session plans. Nothing here knows oneDNN or ONNX.
namespace athanor::runtime {

/// How a tensor is stored. Integers stand for numbers: value = scale * integer.
enum class ElementType { f32, s8, u8 };

[[nodiscard]] std::uint64_t bytes_of(ElementType type);

/// Where a constant lies in EngineModel::weights.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;

  bool operator==(const Extent&) const = default;
};

/// A tensor between layers, or a constant.
struct Value {
  std::string name;  ///< As in the ONNX file.
  Shape shape;       ///< The batch, wherever it is, as open_batch.
  ElementType type = ElementType::f32;
  float scale = 1;  ///< Of integers; those of constants are per channel and with their layer.
  std::optional<Extent> constant = std::nullopt;

  bool operator==(const Value&) const = default;
};

/// Height and width.
using Pair = std::array<std::int64_t, 2>;

/// Of pictures, a filter wherever it fits. Inputs: [N, C, H, W], weights [O, C / groups, KH, KW],
/// perhaps a bias [O].
struct Convolution {
  Pair strides{1, 1};
  Pair dilations{1, 1};
  Pair pad_begin{0, 0};
  Pair pad_end{0, 0};
  std::int64_t groups = 1;

  bool operator==(const Convolution&) const = default;
};

/// Inputs: [N, I], weights [O, I], perhaps a bias [O]; a layer of neurons.
struct Linear {
  bool operator==(const Linear&) const = default;
};

/// The product of the last two dimensions; those before them agree or one factor has none or ones.
struct MatMul {
  bool operator==(const MatMul&) const = default;
};

enum class PoolKind {
  max,
  average,               ///< Of the pixels that the window covers.
  average_with_padding,  ///< The padding counts as zeros.
};

struct Pool {
  PoolKind kind = PoolKind::max;
  Pair window{1, 1};
  Pair strides{1, 1};
  Pair dilations{1, 1};
  Pair pad_begin{0, 0};
  Pair pad_end{0, 0};
  bool ceil_mode = false;  ///< A last window that begins inside but ends outside counts.

  bool operator==(const Pool&) const = default;
};

enum class Function {
  relu,       ///< x, or alpha * x below 0
  clip,       ///< between alpha and beta
  linear,     ///< alpha * x + beta
  power,      ///< alpha * x ^ beta
  sigmoid,    ///< 1 / (1 + e^-x)
  swish,      ///< x * sigmoid(alpha * x)
  hardswish,  ///< x * clip(x / 6 + 1/2, 0, 1)
  mish,       ///< x * tanh(softplus(x))
  elu,        ///< x, or alpha * (e^x - 1) below 0
  tanh,
  softplus,  ///< log(1 + e^x)
  exp,
  log,
  sqrt,
  abs,
};

/// A function of each number for itself.
struct Elementwise {
  Function function = Function::relu;
  float alpha = 0;
  float beta = 0;

  bool operator==(const Elementwise&) const = default;
};

enum class Arithmetic { add, subtract, multiply, divide };

/// Of two tensors. The second may have sizes of 1, or fewer dimensions, where the first has more.
struct Binary {
  Arithmetic operation = Arithmetic::add;

  bool operator==(const Binary&) const = default;
};

struct Softmax {
  std::int64_t axis = 1;
  bool logarithm = false;

  bool operator==(const Softmax&) const = default;
};

struct Concat {
  std::int64_t axis = 1;

  bool operator==(const Concat&) const = default;
};

/// The same numbers in the same order under another shape; at most one size is open_batch.
struct Reshape {
  Shape target;

  bool operator==(const Reshape&) const = default;
};

/// Dimension i of the result is dimension order[i] of the input.
struct Transpose {
  std::vector<std::int64_t> order;

  bool operator==(const Transpose&) const = default;
};

/// Elements begin up to but without end of one dimension.
struct Slice {
  std::int64_t axis = 1;
  std::int64_t begin = 0;
  std::int64_t end = 0;

  bool operator==(const Slice&) const = default;
};

/// The mean over some dimensions, which stay with size 1.
struct Mean {
  std::vector<std::int64_t> axes;

  bool operator==(const Mean&) const = default;
};

using Operation = std::variant<Convolution,
                               Linear,
                               MatMul,
                               Pool,
                               Elementwise,
                               Binary,
                               Softmax,
                               Concat,
                               Reshape,
                               Transpose,
                               Slice,
                               Mean>;

/// Adds a tensor of the layer's output shape.
struct AddValue {
  std::size_t value = 0;

  bool operator==(const AddValue&) const = default;
};

/// What a layer does to its result before it writes it.
using Fused = std::variant<Elementwise, AddValue>;

/// How a convolution or linear layer computes in integers. Its weights are s8, its bias stays f32.
struct Quantisation {
  ElementType input_type = ElementType::s8;  ///< What its first input is turned into.
  float input_scale = 1;
  std::vector<float> weight_scales;  ///< For each output channel.

  bool operator==(const Quantisation&) const = default;
};

struct Layer {
  std::string name;
  Operation operation;
  std::vector<std::size_t> inputs;
  std::size_t output = 0;
  std::vector<Fused> fused = {};
  std::optional<Quantisation> quantisation = std::nullopt;

  bool operator==(const Layer&) const = default;
};

struct EngineModel {
  Machine machine;
  int threads = 1;
  std::int64_t max_batch = 1;
  std::map<std::string, std::string> metadata;
  std::vector<Value> values;
  std::vector<Layer> layers;  ///< In an order in which they can run.
  std::vector<std::size_t> inputs;
  std::vector<std::size_t> outputs;
  std::string weights;  ///< The bytes of all constants.
};

/// The name of an operation in engine files and messages ("convolution").
[[nodiscard]] std::string_view name_of(const Operation& operation);
[[nodiscard]] std::string_view name_of(Function function);
[[nodiscard]] std::string_view name_of(Arithmetic arithmetic);

/// The shape of what `operation` makes of inputs of these shapes, open batches included.
/// invalid_argument where they do not fit.
[[nodiscard]] Result<Shape> output_shape(const Operation& operation,
                                         const std::vector<Shape>& inputs);

/// The shape with every open batch filled in.
[[nodiscard]] Shape with_batch(const Shape& shape, std::int64_t batch);

/// Good where everything that the model says fits together: indices, the order of layers, shapes,
/// constants inside the weights, sizes within bounds. Sessions rely on it.
[[nodiscard]] Status check_model(const EngineModel& model);

/// The numbers of an f32 constant.
[[nodiscard]] std::vector<float> numbers_of(const EngineModel& model, const Value& value);

/// Appends bytes to the weights, at a multiple of 64.
[[nodiscard]] Extent append_weights(EngineModel& model, std::string_view bytes);

}  // namespace athanor::runtime
