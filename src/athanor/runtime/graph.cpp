#include "athanor/runtime/graph.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include <fmt/format.h>

namespace athanor::runtime {

namespace {

constexpr std::int64_t largest_attribute = 1 << 20;
constexpr std::size_t most_dimensions = 6;
constexpr std::uint64_t weight_alignment = 64;

auto misfit(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

Status expect_inputs(const std::vector<Shape>& inputs, std::size_t least, std::size_t most) {
  if (inputs.size() < least || inputs.size() > most) {
    return misfit(fmt::format("it has {} inputs, not {} to {}", inputs.size(), least, most));
  }
  return {};
}

Status expect_rank(const Shape& shape, std::size_t rank) {
  if (shape.size() != rank) {
    return misfit(fmt::format("{} has not {} dimensions", to_text(shape), rank));
  }
  return {};
}

Status expect_within(const Pair& pair, std::int64_t least) {
  for (const auto number : pair) {
    if (number < least || number > largest_attribute) {
      return misfit(fmt::format("{} is not between {} and {}", number, least, largest_attribute));
    }
  }
  return {};
}

Result<std::size_t> checked_axis(std::int64_t axis, const Shape& shape) {
  if (axis < 0 || axis >= std::ssize(shape)) {
    return misfit(fmt::format("{} has no dimension {}", to_text(shape), axis));
  }
  return static_cast<std::size_t>(axis);
}

/// The product of the sizes that are fixed, and how many are not.
struct Count {
  std::int64_t fixed = 1;
  std::int64_t open = 0;

  bool operator==(const Count&) const = default;
};

Count count_of(const Shape& shape) {
  Count count;
  for (const auto size : shape) {
    if (size == open_batch) {
      ++count.open;
    } else {
      count.fixed *= size;
    }
  }
  return count;
}

/// Windows along one side of a picture.
struct Windows {
  std::int64_t size = 0;
  std::int64_t window = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_begin = 0;
  std::int64_t pad_end = 0;
  bool ceil_mode = false;

  /// From the first of its pixels to the last.
  [[nodiscard]] std::int64_t reach() const { return dilation * (window - 1) + 1; }
};

Result<std::int64_t> window_count(const Windows& side) {
  if (side.size == open_batch) {
    return misfit("a window cannot move along the batch");
  }
  const auto room = side.size + side.pad_begin + side.pad_end - side.reach();
  if (room < 0) {
    return misfit(fmt::format("a window of {} does not fit into {}", side.window, side.size));
  }
  auto count = room / side.stride + 1;
  // A window that would begin behind the picture and its front padding does not count.
  if (side.ceil_mode && room % side.stride != 0 &&
      count * side.stride < side.size + side.pad_begin) {
    ++count;
  }
  return count;
}

/// Whether the first or the last window shows padding alone, of which there is no maximum or mean.
bool hides_a_window(const Windows& side, std::int64_t count) {
  const auto last_begin = (count - 1) * side.stride - side.pad_begin;
  return side.pad_begin >= side.reach() || last_begin >= side.size;
}

struct ShapeRules {
  const std::vector<Shape>& inputs;

  Result<Shape> operator()(const Convolution& rule) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 2, 3));
    ATHANOR_CHECK_OK(expect_rank(inputs[0], 4));
    ATHANOR_CHECK_OK(expect_rank(inputs[1], 4));
    ATHANOR_CHECK_OK(expect_within(rule.strides, 1));
    ATHANOR_CHECK_OK(expect_within(rule.dilations, 1));
    ATHANOR_CHECK_OK(expect_within(rule.pad_begin, 0));
    ATHANOR_CHECK_OK(expect_within(rule.pad_end, 0));
    const auto& x = inputs[0];
    const auto& weights = inputs[1];
    if (rule.groups < 1 || rule.groups > largest_attribute || x[1] != weights[1] * rule.groups ||
        weights[0] % rule.groups != 0) {
      return misfit(fmt::format(
          "weights {} in {} groups do not fit {}", to_text(weights), rule.groups, to_text(x)));
    }
    if (inputs.size() == 3 && inputs[2] != Shape{weights[0]}) {
      return misfit(fmt::format("a bias {} does not fit {}", to_text(inputs[2]), to_text(weights)));
    }
    Shape shape{x[0], weights[0]};
    for (std::size_t i = 0; i < 2; ++i) {
      ATHANOR_TRY(const auto count,
                  window_count({x[2 + i],
                                weights[2 + i],
                                rule.strides[i],
                                rule.dilations[i],
                                rule.pad_begin[i],
                                rule.pad_end[i]}));
      shape.push_back(count);
    }
    return shape;
  }

  Result<Shape> operator()(const Linear& /*rule*/) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 2, 3));
    ATHANOR_CHECK_OK(expect_rank(inputs[0], 2));
    ATHANOR_CHECK_OK(expect_rank(inputs[1], 2));
    if (inputs[0][1] != inputs[1][1]) {
      return misfit(
          fmt::format("weights {} do not fit {}", to_text(inputs[1]), to_text(inputs[0])));
    }
    if (inputs.size() == 3 && inputs[2] != Shape{inputs[1][0]}) {
      return misfit(
          fmt::format("a bias {} does not fit {}", to_text(inputs[2]), to_text(inputs[1])));
    }
    return Shape{inputs[0][0], inputs[1][0]};
  }

  Result<Shape> operator()(const MatMul& /*rule*/) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 2, 2));
    const auto& left = inputs[0];
    const auto& right = inputs[1];
    if (left.size() < 2 || right.size() < 2 || left.back() == open_batch ||
        left.back() != right[right.size() - 2]) {
      return misfit(fmt::format("no product of {} and {}", to_text(left), to_text(right)));
    }
    Shape shape = left.size() >= right.size() ? left : right;
    const Shape& fewer = left.size() >= right.size() ? right : left;
    for (std::size_t i = 0; i + 2 < fewer.size(); ++i) {
      auto& size = shape[shape.size() - fewer.size() + i];
      if (size != fewer[i] && size != 1 && fewer[i] != 1) {
        return misfit(fmt::format("no product of {} and {}", to_text(left), to_text(right)));
      }
      size = size == 1 ? fewer[i] : size;
    }
    shape[shape.size() - 2] = left[left.size() - 2];
    shape.back() = right.back();
    return shape;
  }

  Result<Shape> operator()(const Pool& rule) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 1, 1));
    ATHANOR_CHECK_OK(expect_rank(inputs[0], 4));
    ATHANOR_CHECK_OK(expect_within(rule.window, 1));
    ATHANOR_CHECK_OK(expect_within(rule.strides, 1));
    ATHANOR_CHECK_OK(expect_within(rule.dilations, 1));
    ATHANOR_CHECK_OK(expect_within(rule.pad_begin, 0));
    ATHANOR_CHECK_OK(expect_within(rule.pad_end, 0));
    Shape shape{inputs[0][0], inputs[0][1]};
    for (std::size_t i = 0; i < 2; ++i) {
      const Windows side{inputs[0][2 + i],
                         rule.window[i],
                         rule.strides[i],
                         rule.dilations[i],
                         rule.pad_begin[i],
                         rule.pad_end[i],
                         rule.ceil_mode};
      ATHANOR_TRY(const auto count, window_count(side));
      if (hides_a_window(side, count)) {
        return misfit(fmt::format("a padding of {} and {} hides a window of {}",
                                  side.pad_begin,
                                  side.pad_end,
                                  side.window));
      }
      shape.push_back(count);
    }
    return shape;
  }

  Result<Shape> operator()(const Elementwise& /*rule*/) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 1, 1));
    return inputs[0];
  }

  Result<Shape> operator()(const Binary& /*rule*/) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 2, 2));
    const auto& shape = inputs[0];
    const auto& other = inputs[1];
    bool fits = other.size() <= shape.size();
    for (std::size_t i = 0; fits && i < other.size(); ++i) {
      fits = other[i] == 1 || other[i] == shape[shape.size() - other.size() + i];
    }
    if (!fits) {
      return misfit(fmt::format("{} does not spread over {}", to_text(other), to_text(shape)));
    }
    return shape;
  }

  Result<Shape> operator()(const Softmax& rule) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 1, 1));
    ATHANOR_CHECK_OK(checked_axis(rule.axis, inputs[0]));
    return inputs[0];
  }

  Result<Shape> operator()(const Concat& rule) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 1, 1024));
    ATHANOR_TRY(const auto axis, checked_axis(rule.axis, inputs[0]));
    std::int64_t total = 0;
    for (const auto& part : inputs) {
      auto alike = part;
      if (alike.size() == inputs[0].size()) {
        alike[axis] = inputs[0][axis];
      }
      if (alike != inputs[0] || part[axis] == open_batch) {
        return misfit(fmt::format("{} and {} do not join", to_text(inputs[0]), to_text(part)));
      }
      total += part[axis];
    }
    Shape shape = inputs[0];
    shape[axis] = total;
    return shape;
  }

  Result<Shape> operator()(const Reshape& rule) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 1, 1));
    ATHANOR_CHECK_OK(element_count(with_batch(rule.target, 1)));
    if (count_of(inputs[0]) != count_of(rule.target) || count_of(rule.target).open > 1) {
      return misfit(fmt::format("{} cannot become {}", to_text(inputs[0]), to_text(rule.target)));
    }
    return rule.target;
  }

  Result<Shape> operator()(const Transpose& rule) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 1, 1));
    ATHANOR_CHECK_OK(expect_rank(inputs[0], rule.order.size()));
    Shape shape;
    for (const auto from : rule.order) {
      ATHANOR_TRY(const auto axis, checked_axis(from, inputs[0]));
      shape.push_back(inputs[0][axis]);
    }
    if (std::set(rule.order.begin(), rule.order.end()).size() != rule.order.size()) {
      return misfit("a dimension comes twice");
    }
    return shape;
  }

  Result<Shape> operator()(const Slice& rule) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 1, 1));
    ATHANOR_TRY(const auto axis, checked_axis(rule.axis, inputs[0]));
    Shape shape = inputs[0];
    if (rule.begin < 0 || rule.end <= rule.begin || rule.end > shape[axis]) {
      return misfit(fmt::format(
          "{} to {} of dimension {} of {}", rule.begin, rule.end, axis, to_text(shape)));
    }
    shape[axis] = rule.end - rule.begin;
    return shape;
  }

  Result<Shape> operator()(const Mean& rule) const {
    ATHANOR_CHECK_OK(expect_inputs(inputs, 1, 1));
    Shape shape = inputs[0];
    for (const auto number : rule.axes) {
      ATHANOR_TRY(const auto axis, checked_axis(number, shape));
      if (shape[axis] == open_batch) {
        return misfit("the mean over a batch is not the same for every batch");
      }
      shape[axis] = 1;
    }
    return shape;
  }
};

/// Checks a model from front to back.
class ModelCheck {
 public:
  explicit ModelCheck(const EngineModel& model)
      : model_(model), known_(model.values.size(), false) {}

  Status run() {
    ATHANOR_CHECK_OK(check_frame());
    for (std::size_t i = 0; i < model_.values.size(); ++i) {
      if (auto status = check_value(i); !status) {
        return fail(status.error().within("tensor " + model_.values[i].name));
      }
    }
    for (const auto input : model_.inputs) {
      ATHANOR_CHECK_OK(define(input));
      if (model_.values[input].shape.empty()) {
        return misfit("an input is a single number, which has no batch");
      }
    }
    for (const auto& layer : model_.layers) {
      if (auto status = check_layer(layer); !status) {
        return fail(status.error().within("layer " + layer.name));
      }
    }
    for (const auto output : model_.outputs) {
      ATHANOR_CHECK_OK(use(output));
    }
    return {};
  }

 private:
  [[nodiscard]] Status check_frame() const {
    if (model_.inputs.empty() || model_.outputs.empty()) {
      return misfit("the engine has no input or no output");
    }
    if (model_.threads < 1 || model_.threads > 1024) {
      return misfit(fmt::format("{} is no number of threads", model_.threads));
    }
    if (model_.max_batch < 1 || model_.max_batch > largest_attribute) {
      return misfit(fmt::format("{} is no size of a batch", model_.max_batch));
    }
    return {};
  }

  Status check_value(std::size_t index) {
    const auto& value = model_.values[index];
    if (value.shape.size() > most_dimensions) {
      return misfit(fmt::format("it has more than {} dimensions", most_dimensions));
    }
    if (!std::isfinite(value.scale) || value.scale <= 0) {
      return misfit("its scale is not positive");
    }
    const auto largest = value.constant ? value.shape : with_batch(value.shape, model_.max_batch);
    ATHANOR_TRY(const auto count, element_count(largest));
    if (count == 0) {
      return misfit("it is empty");
    }
    if (!value.constant) {
      return {};
    }
    known_[index] = true;
    const auto& extent = *value.constant;
    const auto end = model_.weights.size();
    if (extent.bytes != static_cast<std::uint64_t>(count) * bytes_of(value.type) ||
        extent.offset > end || extent.bytes > end - extent.offset ||
        extent.offset % weight_alignment != 0) {
      return misfit("its numbers lie outside of the weights or do not fit its shape");
    }
    return {};
  }

  Status define(std::size_t index) {
    if (index >= known_.size() || known_[index]) {
      return misfit(fmt::format("tensor {} does not exist or is computed twice", index));
    }
    known_[index] = true;
    return {};
  }

  [[nodiscard]] Status use(std::size_t index) const {
    if (index >= known_.size() || !known_[index]) {
      return misfit(fmt::format("tensor {} is used before it is there", index));
    }
    return {};
  }

  Status check_layer(const Layer& layer) {
    std::vector<Shape> shapes;
    for (const auto input : layer.inputs) {
      ATHANOR_CHECK_OK(use(input));
      shapes.push_back(model_.values[input].shape);
    }
    ATHANOR_TRY(const auto shape, output_shape(layer.operation, shapes));
    ATHANOR_CHECK_OK(define(layer.output));
    const auto& output = model_.values[layer.output];
    if (shape != output.shape) {
      return misfit(fmt::format("its output is {}, not {}", to_text(shape), to_text(output.shape)));
    }
    for (const auto& step : layer.fused) {
      if (const auto* add = std::get_if<AddValue>(&step)) {
        ATHANOR_CHECK_OK(check_added(*add, layer));
      }
    }
    ATHANOR_CHECK_OK(check_weights(layer));
    return layer.quantisation ? check_quantisation(layer) : check_types(layer);
  }

  [[nodiscard]] Status check_added(const AddValue& add, const Layer& layer) const {
    ATHANOR_CHECK_OK(use(add.value));
    const auto& added = model_.values[add.value];
    const auto& output = model_.values[layer.output];
    if (add.value == layer.output || added.constant || added.shape != output.shape) {
      return misfit(fmt::format("{} cannot be added to its output", to_text(added.shape)));
    }
    if (added.type == ElementType::f32 && output.type != ElementType::f32) {
      return misfit("floats cannot be added to its integers");
    }
    return {};
  }

  [[nodiscard]] Status check_weights(const Layer& layer) const {
    const bool weighted = std::holds_alternative<Convolution>(layer.operation) ||
                          std::holds_alternative<Linear>(layer.operation);
    const auto adds = std::ranges::count_if(
        layer.fused, [](const Fused& step) { return std::holds_alternative<AddValue>(step); });
    if ((!weighted && !layer.fused.empty()) || adds > 1 || layer.fused.size() > 8) {
      return misfit("that much cannot be fused into it");
    }
    for (std::size_t i = 1; weighted && i < layer.inputs.size(); ++i) {
      if (!model_.values[layer.inputs[i]].constant) {
        return misfit("its weights are computed");
      }
    }
    return {};
  }

  [[nodiscard]] Status check_quantisation(const Layer& layer) const {
    const auto& quantisation = *layer.quantisation;
    const bool weighted = std::holds_alternative<Convolution>(layer.operation) ||
                          std::holds_alternative<Linear>(layer.operation);
    if (!weighted || quantisation.input_type == ElementType::f32) {
      return misfit("it cannot compute in integers");
    }
    const auto& weights = model_.values[layer.inputs[1]];
    const auto channels = static_cast<std::size_t>(weights.shape[0]);
    const auto positive = [](float scale) { return std::isfinite(scale) && scale > 0; };
    if (weights.type != ElementType::s8 || quantisation.weight_scales.size() != channels ||
        !std::ranges::all_of(quantisation.weight_scales, positive) ||
        !positive(quantisation.input_scale)) {
      return misfit("its weights or scales are not those of integers");
    }
    const bool float_bias =
        layer.inputs.size() < 3 || model_.values[layer.inputs[2]].type == ElementType::f32;
    return float_bias ? Status() : misfit("its bias is not in float");
  }

  /// Only what moves numbers may hand integers on, all of one scale.
  [[nodiscard]] Status check_types(const Layer& layer) const {
    const auto& output = model_.values[layer.output];
    const auto* pool = std::get_if<Pool>(&layer.operation);
    const bool moves = (pool != nullptr && pool->kind == PoolKind::max) ||
                       std::holds_alternative<Concat>(layer.operation);
    for (const auto input : layer.inputs) {
      const auto& value = model_.values[input];
      const bool constant_in_float = !value.constant || value.type == ElementType::f32;
      const bool same = value.type == output.type && value.scale == output.scale;
      if (!constant_in_float || (output.type != ElementType::f32 && !(moves && same))) {
        return misfit("it cannot compute in integers");
      }
    }
    return {};
  }

  const EngineModel& model_;
  std::vector<bool> known_;
};

}  // namespace

std::uint64_t bytes_of(ElementType type) {
  return type == ElementType::f32 ? 4 : 1;
}

std::string_view name_of(const Operation& operation) {
  static constexpr std::string_view names[] = {"convolution",
                                               "linear",
                                               "matmul",
                                               "pool",
                                               "elementwise",
                                               "binary",
                                               "softmax",
                                               "concat",
                                               "reshape",
                                               "transpose",
                                               "slice",
                                               "mean"};
  static_assert(std::size(names) == std::variant_size_v<Operation>);
  return names[operation.index()];
}

std::string_view name_of(Function function) {
  static constexpr std::string_view names[] = {"relu",
                                               "clip",
                                               "linear",
                                               "power",
                                               "sigmoid",
                                               "swish",
                                               "hardswish",
                                               "mish",
                                               "elu",
                                               "tanh",
                                               "softplus",
                                               "exp",
                                               "log",
                                               "sqrt",
                                               "abs"};
  static_assert(std::size(names) == static_cast<std::size_t>(Function::abs) + 1);
  return names[static_cast<std::size_t>(function)];
}

std::string_view name_of(Arithmetic arithmetic) {
  static constexpr std::string_view names[] = {"add", "subtract", "multiply", "divide"};
  return names[static_cast<std::size_t>(arithmetic)];
}

Result<Shape> output_shape(const Operation& operation, const std::vector<Shape>& inputs) {
  return std::visit(ShapeRules{inputs}, operation);
}

Shape with_batch(const Shape& shape, std::int64_t batch) {
  Shape filled = shape;
  std::ranges::replace(filled, open_batch, batch);
  return filled;
}

Status check_model(const EngineModel& model) {
  return ModelCheck(model).run();
}

std::vector<float> numbers_of(const EngineModel& model, const Value& value) {
  std::vector<float> numbers(value.constant->bytes / sizeof(float));
  std::memcpy(numbers.data(),
              model.weights.data() + value.constant->offset,
              numbers.size() * sizeof(float));
  return numbers;
}

Extent append_weights(EngineModel& model, std::string_view bytes) {
  const auto padding =
      (weight_alignment - model.weights.size() % weight_alignment) % weight_alignment;
  model.weights.append(padding, '\0');
  const Extent extent{model.weights.size(), bytes.size()};
  model.weights.append(bytes);
  return extent;
}

}  // namespace athanor::runtime
