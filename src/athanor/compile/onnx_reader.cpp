#include "athanor/compile/onnx_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "athanor/compile/graph_edit.hpp"
#include "athanor/compile/onnx_file.hpp"
#include "athanor/compile/onnx_node.hpp"
#include "athanor/compile/onnx_tensor.hpp"

namespace athanor::compile {

using runtime::Arithmetic;
using runtime::Elementwise;
using runtime::EngineModel;
using runtime::Function;
using runtime::open_batch;
using runtime::Shape;

namespace {

auto malformed(std::string message) {
  return fail(ErrorCode::invalid_argument, "the ONNX file is not usable: " + std::move(message));
}

/// The name that "batch" or no size at all stands for.
Result<Shape> port_shape(const onnx::ValueInfoProto& port) {
  const auto& type = port.type().tensor_type();
  if (type.elem_type() != onnx::TensorProto::FLOAT || !type.has_shape()) {
    return malformed(fmt::format("the input {} is no tensor of float", port.name()));
  }
  Shape shape;
  for (int i = 0; i < type.shape().dim_size(); ++i) {
    const auto& dimension = type.shape().dim(i);
    if (!dimension.has_dim_value() && i > 0) {
      return fail(
          ErrorCode::unsupported,
          fmt::format(
              "the input {} leaves dimension {} open; only the batch may be", port.name(), i));
    }
    shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : open_batch);
    if (shape.back() < 1 && shape.back() != open_batch) {
      return malformed(fmt::format("the input {} has a size of {}", port.name(), shape.back()));
    }
  }
  if (const auto count = runtime::element_count(runtime::with_batch(shape, 1)); !count) {
    return malformed(fmt::format("the input {}: {}", port.name(), count.error().message));
  }
  return shape;
}

/// Makes the layers of one file, node by node.
class Reader {
 public:
  explicit Reader(const onnx::ModelProto& file) : file_(file) {}

  Result<EngineModel> read() {
    ATHANOR_CHECK_OK(read_opset());
    ATHANOR_CHECK_OK(read_constants());
    ATHANOR_CHECK_OK(read_inputs());
    for (const auto& node : file_.graph().node()) {
      if (node.output_size() < 1) {
        return malformed(fmt::format("the node {} has no output", node.name()));
      }
      ATHANOR_CHECK_OK(read_node(OnnxNode(node)));
    }
    ATHANOR_CHECK_OK(read_outputs());
    for (const auto& entry : file_.metadata_props()) {
      model_.metadata[entry.key()] = entry.value();
    }
    return std::move(model_);
  }

 private:
  using Convert = Status (Reader::*)(const OnnxNode&);

  Status read_opset() {
    for (const auto& opset : file_.opset_import()) {
      if (opset.domain().empty() || opset.domain() == "ai.onnx") {
        if (opset.version() >= oldest_opset && opset.version() <= newest_opset) {
          return {};
        }
        return fail(ErrorCode::unsupported,
                    fmt::format("the ONNX file has opset {}, engines are made of {} to {}",
                                opset.version(),
                                oldest_opset,
                                newest_opset));
      }
    }
    return malformed("it names no opset");
  }

  Status read_constants() {
    for (const auto& tensor : file_.graph().initializer()) {
      ATHANOR_CHECK_OK(add_tensor(tensor.name(), tensor));
    }
    return {};
  }

  /// Numbers become a constant of the model; integers are kept for shapes and indices.
  Status add_tensor(const std::string& name, const onnx::TensorProto& tensor) {
    auto content = read_tensor(tensor);
    if (!content) {
      return fail(content.error().within("the constant " + name));
    }
    if (content->is_integer) {
      integers_[name] = *std::move(content);
      return {};
    }
    return define(name, add_constant(model_, name, std::move(content->shape), content->numbers));
  }

  Status read_inputs() {
    for (const auto& input : file_.graph().input()) {
      if (values_.contains(input.name()) || integers_.contains(input.name())) {
        continue;  // Older files list their constants too.
      }
      ATHANOR_TRY(auto shape, port_shape(input));
      ATHANOR_CHECK_OK(define(input.name(), add_value(model_, input.name(), std::move(shape))));
      model_.inputs.push_back(values_.at(input.name()));
    }
    return model_.inputs.empty() ? malformed("it has no input") : Status();
  }

  /// An output that shares its tensor with another name gets one of its own.
  Status read_outputs() {
    std::set<std::size_t> taken(model_.inputs.begin(), model_.inputs.end());
    for (const auto& output : file_.graph().output()) {
      const auto found = values_.find(output.name());
      if (found == values_.end()) {
        return malformed(fmt::format("no node computes the output {}", output.name()));
      }
      auto value = found->second;
      const auto& original = model_.values[value];
      if (original.constant) {
        return fail(ErrorCode::unsupported,
                    fmt::format("the output {} does not depend on any input", output.name()));
      }
      if (!taken.insert(value).second || original.name != output.name()) {
        const runtime::Reshape same{original.shape};
        ATHANOR_TRY(value, add_layer(model_, output.name(), same, {value}, output.name()));
        taken.insert(value);
      }
      model_.outputs.push_back(value);
    }
    return model_.outputs.empty() ? malformed("it has no output") : Status();
  }

  Status define(const std::string& name, std::size_t value) {
    if (!values_.emplace(name, value).second) {
      return malformed(fmt::format("{} is defined twice", name));
    }
    return {};
  }

  Status read_node(const OnnxNode& node);

  // Access to the inputs of a node.

  Result<std::size_t> value(const OnnxNode& node, std::size_t index) const {
    if (!node.has_input(index)) {
      return node.refuse(fmt::format("lacks input {}", index));
    }
    const auto found = values_.find(node.input(index));
    if (found == values_.end()) {
      return node.refuse(
          fmt::format("reads {}, which is no tensor of float before it", node.input(index)));
    }
    return found->second;
  }

  Result<std::size_t> constant(const OnnxNode& node, std::size_t index) const {
    ATHANOR_TRY(const auto found, value(node, index));
    if (!model_.values[found].constant) {
      return node.refuse(fmt::format("computes its input {}; it has to be constant", index));
    }
    return found;
  }

  Result<OnnxTensor> integer_tensor(const OnnxNode& node, std::size_t index) const {
    const auto found = node.has_input(index) ? integers_.find(node.input(index)) : integers_.end();
    if (found == integers_.end()) {
      return node.refuse(fmt::format("needs constant integers as input {}", index));
    }
    return found->second;
  }

  Result<std::vector<std::int64_t>> integers(const OnnxNode& node, std::size_t index) const {
    ATHANOR_TRY(auto tensor, integer_tensor(node, index));
    return std::move(tensor.integers);
  }

  /// The number that an input is, if it is a constant with one.
  [[nodiscard]] std::optional<float> single_number(std::size_t index) const {
    const auto& candidate = model_.values[index];
    if (!candidate.constant || candidate.constant->bytes != sizeof(float)) {
      return std::nullopt;
    }
    return numbers_of(model_, candidate).front();
  }

  [[nodiscard]] const Shape& shape_of(std::size_t index) const {
    return model_.values[index].shape;
  }

  static Result<std::int64_t> axis_of(const OnnxNode& node, std::int64_t axis, std::size_t rank) {
    const auto from_front = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
    if (from_front < 0 || from_front >= static_cast<std::int64_t>(rank)) {
      return node.refuse(fmt::format("has no dimension {}", axis));
    }
    return from_front;
  }

  /// A layer that computes the node's output.
  Status bind(const OnnxNode& node, runtime::Operation operation, std::vector<std::size_t> inputs) {
    ATHANOR_TRY(const auto output,
                layer(node, std::move(operation), std::move(inputs), node.output()));
    return define(node.output(), output);
  }

  /// A layer before the one that computes the node's output.
  Result<std::size_t> layer(const OnnxNode& node,
                            runtime::Operation operation,
                            std::vector<std::size_t> inputs,
                            const std::string& output_name) {
    auto output =
        add_layer(model_, node.name(), std::move(operation), std::move(inputs), output_name);
    if (!output) {
      return fail(
          output.error().code,
          fmt::format("the {} {}: {}", node.op_type(), node.name(), output.error().message));
    }
    return *output;
  }

  std::string part_name(const OnnxNode& node, std::string_view part) const {
    return fmt::format("{}/{}", node.output(), part);
  }

  // One function for each kind of operator.

  Status convert_conv(const OnnxNode& node);
  Status convert_batch_norm(const OnnxNode& node);
  Status convert_gemm(const OnnxNode& node);
  Status convert_matmul(const OnnxNode& node);
  Status convert_pool(const OnnxNode& node);
  Status convert_global_pool(const OnnxNode& node);
  Status convert_unary(const OnnxNode& node);
  Status convert_clip(const OnnxNode& node);
  Status convert_hard_sigmoid(const OnnxNode& node);
  Status convert_binary(const OnnxNode& node);
  Status convert_pow(const OnnxNode& node);
  Status convert_softmax(const OnnxNode& node);
  Status convert_concat(const OnnxNode& node);
  Status convert_flatten(const OnnxNode& node);
  Status convert_reshape(const OnnxNode& node);
  Status convert_squeeze(const OnnxNode& node);
  Status convert_unsqueeze(const OnnxNode& node);
  Status convert_transpose(const OnnxNode& node);
  Status convert_slice(const OnnxNode& node);
  Status convert_gather(const OnnxNode& node);
  Status convert_mean(const OnnxNode& node);
  Status convert_identity(const OnnxNode& node);
  Status convert_constant(const OnnxNode& node);

  /// The other way round, as linear layers have it.
  Result<std::size_t> transposed_constant(const OnnxNode& node, std::size_t matrix) {
    return layer(node, runtime::Transpose{{1, 0}}, {matrix}, part_name(node, "transposed"));
  }

  Result<std::size_t> scaled_constant(const OnnxNode& node, std::size_t matrix, float factor) {
    if (factor == 1.0F) {
      return matrix;
    }
    return layer(node,
                 Elementwise{Function::linear, factor, 0},
                 {matrix},
                 part_name(node, fmt::format("scaled_{}", model_.values.size())));
  }

  Status reshape_to(const OnnxNode& node, std::size_t input, Shape target) {
    return bind(node, runtime::Reshape{std::move(target)}, {input});
  }

  const onnx::ModelProto& file_;
  EngineModel model_;
  std::map<std::string, std::size_t> values_;
  std::map<std::string, OnnxTensor> integers_;
};

Status Reader::convert_conv(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  ATHANOR_TRY(const auto weights, constant(node, 1));
  std::vector<std::size_t> inputs{x, weights};
  if (node.has_input(2)) {
    ATHANOR_TRY(const auto bias, constant(node, 2));
    inputs.push_back(bias);
  }
  runtime::Convolution rule;
  ATHANOR_TRY(rule.strides, node.pair("strides"));
  ATHANOR_TRY(rule.dilations, node.pair("dilations"));
  ATHANOR_TRY(const auto padding, node.padding());
  rule.pad_begin = padding.begin;
  rule.pad_end = padding.end;
  rule.groups = node.integer("group", 1);
  return bind(node, rule, inputs);
}

Status Reader::convert_batch_norm(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  if (shape_of(x).size() < 2) {
    return node.refuse("reads no channels");
  }
  // Before opset 14, a second output is what tells.
  if (node.integer("training_mode", 0) != 0 || node.has_output(1)) {
    return node.refuse("is in training mode; export the model in evaluation mode");
  }
  std::vector<std::vector<float>> numbers;
  for (std::size_t i = 1; i <= 4; ++i) {
    ATHANOR_TRY(const auto index, constant(node, i));
    numbers.push_back(numbers_of(model_, model_.values[index]));
  }
  const auto& [scale, shift, mean, variance] =
      std::tie(numbers[0], numbers[1], numbers[2], numbers[3]);
  if (std::ranges::any_of(numbers, [&](const auto& n) { return n.size() != scale.size(); })) {
    return node.refuse("has statistics of different sizes");
  }
  std::vector<float> factor(scale.size());
  std::vector<float> offset(scale.size());
  const auto epsilon = static_cast<double>(node.number("epsilon", 1e-5F));
  for (std::size_t i = 0; i < scale.size(); ++i) {
    const double inverse = 1 / std::sqrt(static_cast<double>(variance[i]) + epsilon);
    factor[i] = static_cast<float>(static_cast<double>(scale[i]) * inverse);
    offset[i] =
        static_cast<float>(static_cast<double>(shift[i]) -
                           static_cast<double>(mean[i]) * static_cast<double>(scale[i]) * inverse);
  }
  Shape channels(shape_of(x).size() - 1, 1);
  channels[0] = static_cast<std::int64_t>(scale.size());
  const auto factors = add_constant(model_, part_name(node, "factor"), channels, factor);
  const auto offsets = add_constant(model_, part_name(node, "offset"), channels, offset);
  ATHANOR_TRY(
      const auto scaled,
      layer(node, runtime::Binary{Arithmetic::multiply}, {x, factors}, part_name(node, "scaled")));
  return bind(node, runtime::Binary{Arithmetic::add}, {scaled, offsets});
}

Status Reader::convert_gemm(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  ATHANOR_TRY(auto matrix, constant(node, 1));
  if (node.integer("transA", 0) != 0) {
    return node.refuse("transposes its first factor");
  }
  if (node.integer("transB", 0) == 0) {
    ATHANOR_TRY(matrix, transposed_constant(node, matrix));
  }
  ATHANOR_TRY(matrix, scaled_constant(node, matrix, node.number("alpha", 1)));
  if (!node.has_input(2)) {
    return bind(node, runtime::Linear{}, {x, matrix});
  }
  ATHANOR_TRY(auto bias, constant(node, 2));
  ATHANOR_TRY(bias, scaled_constant(node, bias, node.number("beta", 1)));
  if (shape_of(bias) == Shape{shape_of(matrix)[0]}) {
    return bind(node, runtime::Linear{}, {x, matrix, bias});
  }
  ATHANOR_TRY(const auto product,
              layer(node, runtime::Linear{}, {x, matrix}, part_name(node, "product")));
  return bind(node, runtime::Binary{Arithmetic::add}, {product, bias});
}

Status Reader::convert_matmul(const OnnxNode& node) {
  ATHANOR_TRY(const auto left, value(node, 0));
  ATHANOR_TRY(const auto right, value(node, 1));
  const bool linear = model_.values[right].constant && !model_.values[left].constant &&
                      shape_of(left).size() == 2 && shape_of(right).size() == 2;
  if (!linear) {
    return bind(node, runtime::MatMul{}, {left, right});
  }
  ATHANOR_TRY(const auto matrix, transposed_constant(node, right));
  return bind(node, runtime::Linear{}, {left, matrix});
}

Status Reader::convert_pool(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  runtime::Pool rule;
  ATHANOR_TRY(rule.window, node.pair("kernel_shape"));
  ATHANOR_TRY(rule.strides, node.pair("strides"));
  ATHANOR_TRY(rule.dilations, node.pair("dilations"));
  ATHANOR_TRY(const auto padding, node.padding());
  rule.pad_begin = padding.begin;
  rule.pad_end = padding.end;
  rule.ceil_mode = node.integer("ceil_mode", 0) != 0;
  if (node.op_type() == "AveragePool") {
    const bool pads = rule.pad_begin != runtime::Pair{0, 0} || rule.pad_end != runtime::Pair{0, 0};
    const bool counts_padding = pads && node.integer("count_include_pad", 0) != 0;
    if (counts_padding && rule.ceil_mode) {
      return node.refuse("counts its padding and has windows that end outside of it");
    }
    rule.kind =
        counts_padding ? runtime::PoolKind::average_with_padding : runtime::PoolKind::average;
  }
  return bind(node, rule, {x});
}

Status Reader::convert_global_pool(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  const auto& shape = shape_of(x);
  if (shape.size() != 4) {
    return node.refuse("reads no pictures");
  }
  runtime::Pool rule;
  rule.kind =
      node.op_type() == "GlobalMaxPool" ? runtime::PoolKind::max : runtime::PoolKind::average;
  rule.window = {shape[2], shape[3]};
  return bind(node, rule, {x});
}

Status Reader::convert_unary(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  const std::map<std::string_view, Elementwise> functions{
      {"Relu", {Function::relu, 0, 0}},
      {"LeakyRelu", {Function::relu, node.number("alpha", 0.01F), 0}},
      {"Sigmoid", {Function::sigmoid, 0, 0}},
      {"Tanh", {Function::tanh, 0, 0}},
      {"Exp", {Function::exp, 0, 0}},
      {"Log", {Function::log, 0, 0}},
      {"Sqrt", {Function::sqrt, 0, 0}},
      {"Abs", {Function::abs, 0, 0}},
      {"Neg", {Function::linear, -1, 0}},
      {"Softplus", {Function::softplus, 1, 0}},
      {"Elu", {Function::elu, node.number("alpha", 1), 0}},
      {"HardSwish", {Function::hardswish, 0, 0}},
  };
  return bind(node, functions.at(node.op_type()), {x});
}

Status Reader::convert_clip(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  constexpr float lowest = std::numeric_limits<float>::lowest();
  constexpr float highest = std::numeric_limits<float>::max();
  Elementwise rule{Function::clip, lowest, highest};
  float* const bounds[] = {&rule.alpha, &rule.beta};
  for (std::size_t i = 0; i < 2; ++i) {
    if (!node.has_input(1 + i)) {
      continue;
    }
    ATHANOR_TRY(const auto bound, constant(node, 1 + i));
    const auto number = single_number(bound);
    if (!number) {
      return node.refuse("has a bound of several numbers");
    }
    // Engine files have no infinities.
    *bounds[i] = std::clamp(*number, lowest, highest);
  }
  return bind(node, rule, {x});
}

Status Reader::convert_hard_sigmoid(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  const Elementwise line{Function::linear, node.number("alpha", 0.2F), node.number("beta", 0.5F)};
  ATHANOR_TRY(const auto linear, layer(node, line, {x}, part_name(node, "line")));
  return bind(node, Elementwise{Function::clip, 0, 1}, {linear});
}

/// `left` op `right` where one of them is a number, as a function of the other.
std::optional<Elementwise> function_of(Arithmetic operation,
                                       std::optional<float> left,
                                       std::optional<float> right) {
  switch (operation) {
    case Arithmetic::add:
      return Elementwise{Function::linear, 1, right ? *right : *left};
    case Arithmetic::multiply:
      return Elementwise{Function::linear, right ? *right : *left, 0};
    case Arithmetic::subtract:
      return right ? Elementwise{Function::linear, 1, -*right}
                   : Elementwise{Function::linear, -1, *left};
    case Arithmetic::divide:
      return right ? Elementwise{Function::linear, 1 / *right, 0}
                   : Elementwise{Function::power, *left, -1};
  }
  return std::nullopt;
}

Status Reader::convert_binary(const OnnxNode& node) {
  static const std::map<std::string_view, Arithmetic> operations{{"Add", Arithmetic::add},
                                                                 {"Sub", Arithmetic::subtract},
                                                                 {"Mul", Arithmetic::multiply},
                                                                 {"Div", Arithmetic::divide}};
  const auto operation = operations.at(node.op_type());
  ATHANOR_TRY(auto left, value(node, 0));
  ATHANOR_TRY(auto right, value(node, 1));
  const auto left_number = single_number(left);
  const auto right_number = single_number(right);
  const auto wide = [&](std::size_t one, std::size_t other) {
    return shape_of(one).size() >= shape_of(other).size();
  };
  if (right_number && wide(left, right)) {
    return bind(node, *function_of(operation, std::nullopt, right_number), {left});
  }
  if (left_number && wide(right, left)) {
    return bind(node, *function_of(operation, left_number, std::nullopt), {right});
  }
  const bool commutes = operation == Arithmetic::add || operation == Arithmetic::multiply;
  const runtime::Binary rule{operation};
  if (commutes && !output_shape(rule, {shape_of(left), shape_of(right)})) {
    std::swap(left, right);
  }
  return bind(node, rule, {left, right});
}

Status Reader::convert_pow(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  ATHANOR_TRY(const auto exponent, constant(node, 1));
  const auto number = single_number(exponent);
  if (!number) {
    return node.refuse("has an exponent of several numbers");
  }
  return bind(node, Elementwise{Function::power, 1, *number}, {x});
}

Status Reader::convert_softmax(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  ATHANOR_TRY(const auto axis, axis_of(node, node.integer("axis", -1), shape_of(x).size()));
  return bind(node, runtime::Softmax{axis, node.op_type() == "LogSoftmax"}, {x});
}

Status Reader::convert_concat(const OnnxNode& node) {
  std::vector<std::size_t> parts;
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    ATHANOR_TRY(const auto part, value(node, i));
    parts.push_back(part);
  }
  if (parts.empty()) {
    return node.refuse("joins nothing");
  }
  ATHANOR_TRY(const auto axis, axis_of(node, node.integer("axis", 0), shape_of(parts[0]).size()));
  return bind(node, runtime::Concat{axis}, parts);
}

/// The product of sizes, one of which may be open: then open.
std::int64_t merged(std::span<const std::int64_t> sizes) {
  std::int64_t product = 1;
  for (const auto size : sizes) {
    if (size == open_batch) {
      return open_batch;
    }
    product *= size;
  }
  return product;
}

Status Reader::convert_flatten(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  const auto& shape = shape_of(x);
  const auto given = node.integer("axis", 1);
  // From the front, that behind the last dimension counts as well.
  ATHANOR_TRY(const auto axis, axis_of(node, given, shape.size() + (given < 0 ? 0U : 1U)));
  const auto rows = std::span(shape).first(static_cast<std::size_t>(axis));
  const auto columns = std::span(shape).subspan(static_cast<std::size_t>(axis));
  if (rows.size() != 1 && std::ranges::count(rows, open_batch) > 0) {
    return node.refuse("merges the batch with other dimensions");
  }
  return reshape_to(node, x, {merged(rows), merged(columns)});
}

Status Reader::convert_reshape(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  ATHANOR_TRY(auto target, integers(node, 1));
  const auto& shape = shape_of(x);
  const bool zero_copies = node.integer("allowzero", 0) == 0;
  // Fixed elements, those of the target without what it infers.
  std::int64_t left_over = 1;
  bool open = false;
  for (const auto size : shape) {
    open = open || size == open_batch;
    left_over *= size == open_batch ? 1 : size;
  }
  std::optional<std::size_t> inferred;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == -1 && !inferred) {
      inferred = i;
      continue;
    }
    if (target[i] == 0 && zero_copies && i < shape.size()) {
      target[i] = shape[i];
      open = open && shape[i] != open_batch;
    }
    if (target[i] == open_batch) {
      continue;
    }
    if (target[i] < 1 || left_over % target[i] != 0) {
      return node.refuse(
          fmt::format("makes {} of {}", runtime::to_text(target), runtime::to_text(shape)));
    }
    left_over /= target[i];
  }
  if (inferred) {
    if (open && left_over != 1) {
      return node.refuse("merges the batch with other dimensions");
    }
    target[*inferred] = open ? open_batch : left_over;
  }
  return reshape_to(node, x, std::move(target));
}

Status Reader::convert_squeeze(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  ATHANOR_TRY(const auto axes, integers(node, 1));
  std::set<std::int64_t> dropped;
  for (const auto number : axes) {
    ATHANOR_TRY(const auto axis, axis_of(node, number, shape_of(x).size()));
    dropped.insert(axis);
  }
  Shape target;
  for (std::int64_t i = 0; i < std::ssize(shape_of(x)); ++i) {
    const auto size = shape_of(x)[static_cast<std::size_t>(i)];
    if (!dropped.contains(i)) {
      target.push_back(size);
    } else if (size != 1) {
      return node.refuse(fmt::format("drops a dimension of {}", size));
    }
  }
  return reshape_to(node, x, std::move(target));
}

Status Reader::convert_unsqueeze(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  ATHANOR_TRY(const auto axes, integers(node, 1));
  const auto rank = shape_of(x).size() + axes.size();
  std::set<std::int64_t> added;
  for (const auto number : axes) {
    ATHANOR_TRY(const auto axis, axis_of(node, number, rank));
    added.insert(axis);
  }
  if (added.size() != axes.size()) {
    return node.refuse("names a dimension twice");
  }
  Shape target = shape_of(x);
  for (const auto axis : added) {
    target.insert(target.begin() + axis, 1);
  }
  return reshape_to(node, x, std::move(target));
}

Status Reader::convert_transpose(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  std::vector<std::int64_t> reversed;
  for (auto i = std::ssize(shape_of(x)); i-- > 0;) {
    reversed.push_back(i);
  }
  return bind(node, runtime::Transpose{node.integers("perm", reversed)}, {x});
}

Status Reader::convert_slice(const OnnxNode& node) {
  ATHANOR_TRY(auto x, value(node, 0));
  ATHANOR_TRY(const auto begins, integers(node, 1));
  ATHANOR_TRY(const auto ends, integers(node, 2));
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < begins.size(); ++i) {
    axes.push_back(static_cast<std::int64_t>(i));
  }
  if (node.has_input(3)) {
    ATHANOR_TRY(axes, integers(node, 3));
  }
  std::vector<std::int64_t> steps(begins.size(), 1);
  if (node.has_input(4)) {
    ATHANOR_TRY(steps, integers(node, 4));
  }
  if (begins.empty() || ends.size() != begins.size() || axes.size() != begins.size() ||
      std::ranges::any_of(steps, [](auto step) { return step != 1; })) {
    return node.refuse("skips elements or has bounds that do not match");
  }
  for (std::size_t i = 0; i < begins.size(); ++i) {
    ATHANOR_TRY(const auto axis, axis_of(node, axes[i], shape_of(x).size()));
    const auto size = shape_of(x)[static_cast<std::size_t>(axis)];
    if (size == open_batch) {
      return node.refuse("cuts the batch");
    }
    const auto bound = [size](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
    };
    const runtime::Slice rule{axis, bound(begins[i]), bound(ends[i])};
    const bool last = i + 1 == begins.size();
    const auto name = last ? node.output() : part_name(node, fmt::format("cut_{}", i));
    ATHANOR_TRY(x, layer(node, rule, {x}, name));
  }
  return define(node.output(), x);
}

Status Reader::convert_gather(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  ATHANOR_TRY(const auto indices, integer_tensor(node, 1));
  ATHANOR_TRY(const auto axis, axis_of(node, node.integer("axis", 0), shape_of(x).size()));
  auto target = shape_of(x);
  const auto size = target[static_cast<std::size_t>(axis)];
  if (indices.integers.size() != 1 || size == open_batch) {
    return node.refuse("takes several elements or pictures");
  }
  const auto given = indices.integers.front();
  const auto index = given < 0 ? given + size : given;
  ATHANOR_TRY(const auto cut,
              layer(node, runtime::Slice{axis, index, index + 1}, {x}, part_name(node, "cut")));
  // The dimension gives way to those of the indices: a number has none, a list has one.
  const auto place = target.erase(target.begin() + axis);
  target.insert(place, indices.shape.begin(), indices.shape.end());
  return reshape_to(node, cut, std::move(target));
}

Status Reader::convert_mean(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  runtime::Mean rule;
  Shape kept;
  auto shape = shape_of(x);
  for (const auto number : node.integers("axes", {})) {
    ATHANOR_TRY(const auto axis, axis_of(node, number, shape.size()));
    rule.axes.push_back(axis);
  }
  if (rule.axes.empty()) {
    return node.refuse("averages over the batch");
  }
  if (node.integer("keepdims", 1) != 0) {
    return bind(node, rule, {x});
  }
  ATHANOR_TRY(const auto mean, layer(node, rule, {x}, part_name(node, "mean")));
  for (std::int64_t i = 0; i < std::ssize(shape); ++i) {
    if (std::ranges::count(rule.axes, i) == 0) {
      kept.push_back(shape[static_cast<std::size_t>(i)]);
    }
  }
  return reshape_to(node, mean, std::move(kept));
}

Status Reader::convert_identity(const OnnxNode& node) {
  ATHANOR_TRY(const auto x, value(node, 0));
  return define(node.output(), x);
}

Status Reader::convert_constant(const OnnxNode& node) {
  const auto* tensor = node.tensor("value");
  if (tensor == nullptr) {
    return node.refuse("is given otherwise than as a tensor");
  }
  return add_tensor(node.output(), *tensor);
}

Status Reader::read_node(const OnnxNode& node) {
  static const std::map<std::string_view, Convert> converters{
      {"Conv", &Reader::convert_conv},
      {"BatchNormalization", &Reader::convert_batch_norm},
      {"Gemm", &Reader::convert_gemm},
      {"MatMul", &Reader::convert_matmul},
      {"MaxPool", &Reader::convert_pool},
      {"AveragePool", &Reader::convert_pool},
      {"GlobalAveragePool", &Reader::convert_global_pool},
      {"GlobalMaxPool", &Reader::convert_global_pool},
      {"Relu", &Reader::convert_unary},
      {"LeakyRelu", &Reader::convert_unary},
      {"Sigmoid", &Reader::convert_unary},
      {"Tanh", &Reader::convert_unary},
      {"Exp", &Reader::convert_unary},
      {"Log", &Reader::convert_unary},
      {"Sqrt", &Reader::convert_unary},
      {"Abs", &Reader::convert_unary},
      {"Neg", &Reader::convert_unary},
      {"Softplus", &Reader::convert_unary},
      {"Elu", &Reader::convert_unary},
      {"HardSwish", &Reader::convert_unary},
      {"HardSigmoid", &Reader::convert_hard_sigmoid},
      {"Clip", &Reader::convert_clip},
      {"Add", &Reader::convert_binary},
      {"Sub", &Reader::convert_binary},
      {"Mul", &Reader::convert_binary},
      {"Div", &Reader::convert_binary},
      {"Pow", &Reader::convert_pow},
      {"Softmax", &Reader::convert_softmax},
      {"LogSoftmax", &Reader::convert_softmax},
      {"Concat", &Reader::convert_concat},
      {"Flatten", &Reader::convert_flatten},
      {"Reshape", &Reader::convert_reshape},
      {"Squeeze", &Reader::convert_squeeze},
      {"Unsqueeze", &Reader::convert_unsqueeze},
      {"Transpose", &Reader::convert_transpose},
      {"Slice", &Reader::convert_slice},
      {"Gather", &Reader::convert_gather},
      {"ReduceMean", &Reader::convert_mean},
      {"Identity", &Reader::convert_identity},
      {"Dropout", &Reader::convert_identity},
      {"Constant", &Reader::convert_constant},
  };
  const auto found = converters.find(node.op_type());
  if (found == converters.end()) {
    return fail(
        ErrorCode::unsupported,
        fmt::format(
            "engines have no layer for the operator {} (node {})", node.op_type(), node.name()));
  }
  return (this->*found->second)(node);
}

}  // namespace

Result<EngineModel> read_onnx(std::string_view bytes) {
  ATHANOR_TRY(const auto file, parse_onnx(bytes));
  return Reader(file).read();
}

}  // namespace athanor::compile
