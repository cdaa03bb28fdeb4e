#include "athanor/runtime/plan.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "athanor/runtime/plan_builder.hpp"

namespace athanor::runtime {

namespace {

using dnnl::prop_kind;
using Arguments = std::vector<std::pair<int, std::size_t>>;

dnnl::memory::dims onednn_dilations(const Pair& dilations) {
  return {dilations[0] - 1, dilations[1] - 1};
}

dnnl::primitive_attr plain_attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

/// The padding behind a picture with which exactly the windows of `shape` fit.
dnnl::memory::dims padding_for(const Pool& pool, const Shape& from, const Shape& shape) {
  dnnl::memory::dims padding;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto reach =
        (shape[2 + i] - 1) * pool.strides[i] + pool.dilations[i] * (pool.window[i] - 1) + 1;
    padding.push_back(reach - from[2 + i] - pool.pad_begin[i]);
  }
  return padding;
}

dnnl::algorithm pooling_algorithm(PoolKind kind) {
  switch (kind) {
    case PoolKind::max:
      return dnnl::algorithm::pooling_max;
    case PoolKind::average_with_padding:
      return dnnl::algorithm::pooling_avg_include_padding;
    case PoolKind::average:
      break;
  }
  return dnnl::algorithm::pooling_avg_exclude_padding;
}

/// Chooses how one layer is computed.
struct Lowering {
  PlanBuilder& plan;
  const Layer& layer;

  void operator()(const Convolution& rule) const {
    const auto input = plan.shape(layer.inputs[0]);
    auto weights = plan.shape(layer.inputs[1]);
    if (rule.groups > 1) {
      weights[0] /= rule.groups;
      weights.insert(weights.begin(), rule.groups);
    }
    const auto make = [&](const dnnl::memory::desc& source,
                          const dnnl::memory::desc& filters,
                          const dnnl::memory::desc& target,
                          const dnnl::primitive_attr& attributes) {
      const auto dilations = onednn_dilations(rule.dilations);
      const auto kind = prop_kind::forward_inference;
      const auto algorithm = dnnl::algorithm::convolution_direct;
      const auto description = has_bias()
                                   ? dnnl::convolution_forward::desc(kind,
                                                                     algorithm,
                                                                     source,
                                                                     filters,
                                                                     bias_desc(),
                                                                     target,
                                                                     to_onednn(rule.strides),
                                                                     dilations,
                                                                     to_onednn(rule.pad_begin),
                                                                     to_onednn(rule.pad_end))
                                   : dnnl::convolution_forward::desc(kind,
                                                                     algorithm,
                                                                     source,
                                                                     filters,
                                                                     target,
                                                                     to_onednn(rule.strides),
                                                                     dilations,
                                                                     to_onednn(rule.pad_begin),
                                                                     to_onednn(rule.pad_end));
      return dnnl::convolution_forward::primitive_desc(description, attributes, plan.engine());
    };
    add_weighted<dnnl::convolution_forward>(input, weights, make);
  }

  void operator()(const Linear& /*rule*/) const {
    const auto make = [&](const dnnl::memory::desc& source,
                          const dnnl::memory::desc& matrix,
                          const dnnl::memory::desc& target,
                          const dnnl::primitive_attr& attributes) {
      const auto kind = prop_kind::forward_inference;
      const auto description =
          has_bias() ? dnnl::inner_product_forward::desc(kind, source, matrix, bias_desc(), target)
                     : dnnl::inner_product_forward::desc(kind, source, matrix, target);
      return dnnl::inner_product_forward::primitive_desc(description, attributes, plan.engine());
    };
    add_weighted<dnnl::inner_product_forward>(
        plan.shape(layer.inputs[0]), plan.shape(layer.inputs[1]), make);
  }

  void operator()(const MatMul& /*rule*/) const {
    const auto output = plan.shape(layer.output);
    const auto factor = [&](std::size_t input) {
      const auto wide = padded(plan.shape(layer.inputs[input]), output.size());
      return plan.new_view(plan.plain(layer.inputs[input]), plain_desc(wide, ElementType::f32));
    };
    const auto left = factor(0);
    const auto right = factor(1);
    const dnnl::matmul::primitive_desc description(
        dnnl::matmul::desc(
            plan.slot(left).desc, plan.slot(right).desc, plain_desc(output, ElementType::f32)),
        plain_attributes(),
        plan.engine());
    const auto target = plan.new_home(layer.output, description.dst_desc());
    add(description,
        dnnl::matmul(description),
        {{DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, target}});
  }

  void operator()(const Pool& rule) const {
    const bool integers = plan.model().values[layer.output].type != ElementType::f32;
    const auto source = integers ? plan.home(layer.inputs[0]) : plan.in_float(layer.inputs[0]);
    const auto output = plan.shape(layer.output);
    const dnnl::pooling_v2_forward::primitive_desc description(
        dnnl::pooling_v2_forward::desc(prop_kind::forward_inference,
                                       pooling_algorithm(rule.kind),
                                       plan.slot(source).desc,
                                       any_desc(output, plan.slot(source).type),
                                       to_onednn(rule.strides),
                                       to_onednn(rule.window),
                                       onednn_dilations(rule.dilations),
                                       to_onednn(rule.pad_begin),
                                       padding_for(rule, plan.shape(layer.inputs[0]), output)),
        plain_attributes(),
        plan.engine());
    const auto target = plan.new_home(layer.output, description.dst_desc());
    add(description,
        dnnl::pooling_v2_forward(description),
        {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  }

  void operator()(const Elementwise& rule) const {
    const auto source = plan.in_float(layer.inputs[0]);
    const auto target =
        plan.home_in_place_of(layer.inputs[0], layer.output, plan.slot(source).desc);
    add_function(rule, source, target, layer.output);
  }

  void operator()(const Binary& rule) const {
    const auto left = plan.in_float(layer.inputs[0]);
    const auto right = spread_operand(plan.slot(left).desc);
    const dnnl::binary::primitive_desc description(dnnl::binary::desc(to_onednn(rule.operation),
                                                                      plan.slot(left).desc,
                                                                      plan.slot(right).desc,
                                                                      plan.slot(left).desc),
                                                   plain_attributes(),
                                                   plan.engine());
    const auto target = plan.home_in_place_of(layer.inputs[0], layer.output, plan.slot(left).desc);
    add(description,
        dnnl::binary(description),
        {{DNNL_ARG_SRC_0, left}, {DNNL_ARG_SRC_1, right}, {DNNL_ARG_DST, target}});
  }

  void operator()(const Softmax& rule) const {
    const auto source = plan.in_float(layer.inputs[0]);
    const auto target =
        plan.home_in_place_of(layer.inputs[0], layer.output, plan.slot(source).desc);
    const Arguments arguments{{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}};
    const auto axis = static_cast<int>(rule.axis);
    const auto& desc = plan.slot(source).desc;
    if (rule.logarithm) {
      const dnnl::logsoftmax_forward::primitive_desc description(
          dnnl::logsoftmax_forward::desc(prop_kind::forward_inference, desc, axis),
          plain_attributes(),
          plan.engine());
      add(description, dnnl::logsoftmax_forward(description), arguments);
    } else {
      const dnnl::softmax_forward::primitive_desc description(
          dnnl::softmax_forward::desc(prop_kind::forward_inference, desc, axis),
          plain_attributes(),
          plan.engine());
      add(description, dnnl::softmax_forward(description), arguments);
    }
  }

  void operator()(const Concat& rule) const {
    const auto& output = plan.model().values[layer.output];
    const bool integers = output.type != ElementType::f32;
    std::vector<dnnl::memory::desc> descs;
    Arguments arguments;
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      const auto part = integers ? plan.home(layer.inputs[i]) : plan.in_float(layer.inputs[i]);
      descs.push_back(plan.slot(part).desc);
      arguments.emplace_back(DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), part);
    }
    const dnnl::concat::primitive_desc description(
        static_cast<int>(rule.axis), descs, plan.engine(), plain_attributes());
    arguments.emplace_back(DNNL_ARG_DST, plan.new_home(layer.output, description.dst_desc()));
    add(description, dnnl::concat(description), arguments);
  }

  void operator()(const Reshape& /*rule*/) const {
    const auto target = plain_desc(plan.shape(layer.output), ElementType::f32);
    plan.set_home(layer.output, plan.new_view(plan.plain(layer.inputs[0]), target));
    plan.add_marker(layer.output, layer.name);
  }

  void operator()(const Transpose& rule) const {
    const auto source = plan.plain(layer.inputs[0]);
    // oneDNN wants to know where each dimension goes, ONNX says where each comes from.
    std::vector<int> destinations(rule.order.size());
    for (std::size_t i = 0; i < rule.order.size(); ++i) {
      destinations[static_cast<std::size_t>(rule.order[i])] = static_cast<int>(i);
    }
    add_copy(plan.new_view(source, plan.slot(source).desc.permute_axes(destinations)));
  }

  void operator()(const Slice& rule) const {
    const auto source = plan.plain(layer.inputs[0]);
    const auto shape = plan.shape(layer.output);
    dnnl::memory::dims offsets(shape.size(), 0);
    offsets[static_cast<std::size_t>(rule.axis)] = rule.begin;
    add_copy(plan.new_view(source, plan.slot(source).desc.submemory_desc(shape, offsets)));
  }

  void operator()(const Mean& /*rule*/) const {
    if (plan.shape(layer.inputs[0]) == plan.shape(layer.output)) {
      // oneDNN has no reduction that leaves every size as it is.
      add_copy(plan.plain(layer.inputs[0]));
      return;
    }
    const auto source = plan.in_float(layer.inputs[0]);
    const dnnl::reduction::primitive_desc description(
        dnnl::reduction::desc(dnnl::algorithm::reduction_mean,
                              plan.slot(source).desc,
                              any_desc(plan.shape(layer.output), ElementType::f32),
                              0,
                              0),
        plain_attributes(),
        plan.engine());
    const auto target = plan.new_home(layer.output, description.dst_desc());
    add(description,
        dnnl::reduction(description),
        {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  }

 private:
  [[nodiscard]] bool has_bias() const { return layer.inputs.size() > 2; }

  [[nodiscard]] dnnl::memory::desc bias_desc() const {
    return plain_desc(plan.shape(layer.inputs[2]), ElementType::f32);
  }

  void add(const dnnl::primitive_desc_base& description,
           dnnl::primitive primitive,
           const Arguments& arguments,
           std::unordered_map<int, dnnl::memory> constants = {}) const {
    plan.add_step(description,
                  std::move(primitive),
                  arguments,
                  std::move(constants),
                  layer.name,
                  layer.output);
  }

  void add_function(const Elementwise& rule,
                    std::size_t source,
                    std::size_t target,
                    std::optional<std::size_t> value) const {
    const dnnl::eltwise_forward::primitive_desc description(
        dnnl::eltwise_forward::desc(prop_kind::forward_inference,
                                    to_onednn(rule.function),
                                    plan.slot(source).desc,
                                    rule.alpha,
                                    rule.beta),
        plain_attributes(),
        plan.engine());
    plan.add_step(description,
                  dnnl::eltwise_forward(description),
                  {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}},
                  {},
                  fmt::format("{} {}", layer.name, name_of(rule.function)),
                  value);
  }

  void add_copy(std::size_t view) const {
    const auto target =
        plan.new_home(layer.output, plain_desc(plan.shape(layer.output), ElementType::f32));
    const dnnl::reorder::primitive_desc description(plan.engine(),
                                                    plan.slot(view).desc,
                                                    plan.engine(),
                                                    plan.slot(target).desc,
                                                    plain_attributes());
    add(description, dnnl::reorder(description), {{DNNL_ARG_FROM, view}, {DNNL_ARG_TO, target}});
  }

  /// The second operand of a binary layer, in the layout of the first where it is as large.
  [[nodiscard]] std::size_t spread_operand(const dnnl::memory::desc& left) const {
    const auto shape = plan.shape(layer.inputs[1]);
    if (shape == plan.shape(layer.inputs[0])) {
      return plan.in_form(layer.inputs[1], left, ElementType::f32, 1);
    }
    const auto wide = padded(shape, plan.shape(layer.inputs[0]).size());
    return plan.new_view(plan.plain(layer.inputs[1]), plain_desc(wide, ElementType::f32));
  }

  /// Whether the factor between oneDNN's numbers and the output's integers may go before all fused
  /// steps: f(c * x) = c * f(x) for c > 0.
  [[nodiscard]] bool scales_through() const {
    return std::ranges::all_of(layer.fused, [](const Fused& step) {
      const auto* function = std::get_if<Elementwise>(&step);
      return function == nullptr || function->function == Function::relu;
    });
  }

  /// The type and scale that the added tensor has in its place (PlanBuilder::home_upon).
  [[nodiscard]] std::pair<ElementType, float> added_form(std::size_t value) const {
    const auto& output = plan.model().values[layer.output];
    const auto& added = plan.model().values[value];
    const bool alike = (output.type == ElementType::f32) == (added.type == ElementType::f32);
    return alike ? std::pair(added.type, added.scale) : std::pair(output.type, output.scale);
  }

  /// Output scales and fused steps. Numbers are real until the last function, which may take them
  /// to the output's scale; where all functions let a factor through, they are to scale at once.
  [[nodiscard]] dnnl::primitive_attr fused_attributes() const {
    const float to_output = 1 / plan.model().values[layer.output].scale;
    const bool at_once = scales_through();
    auto attributes = plain_attributes();
    if (layer.quantisation) {
      auto scales = layer.quantisation->weight_scales;
      for (auto& scale : scales) {
        scale *= layer.quantisation->input_scale * (at_once ? to_output : 1);
      }
      attributes.set_output_scales(1 << 1, scales);
    }
    std::size_t functions_left = static_cast<std::size_t>(std::ranges::count_if(
        layer.fused, [](const Fused& step) { return std::holds_alternative<Elementwise>(step); }));
    dnnl::post_ops steps;
    for (const auto& step : layer.fused) {
      if (const auto* function = std::get_if<Elementwise>(&step)) {
        --functions_left;
        const bool to_scale = !at_once && functions_left == 0;
        steps.append_eltwise(to_scale ? to_output : 1,
                             to_onednn(function->function),
                             function->alpha,
                             function->beta);
      } else {
        const auto [type, scale] = added_form(std::get<AddValue>(step).value);
        const bool scaled = at_once || functions_left == 0;
        steps.append_sum(scaled ? scale * to_output : scale, to_onednn(type));
      }
    }
    attributes.set_post_ops(steps);
    return attributes;
  }

  /// A convolution or linear layer with all that is fused into it.
  template <class Primitive, class Make>
  void add_weighted(const Shape& input, const Shape& weights, const Make& make) const {
    const auto& quantisation = layer.quantisation;
    const auto& output = plan.model().values[layer.output];
    const auto source_type = quantisation ? quantisation->input_type : ElementType::f32;
    const auto weight_type = quantisation ? ElementType::s8 : ElementType::f32;
    const auto any_source = any_desc(input, source_type);
    const auto any_weights = any_desc(weights, weight_type);
    const auto any_target = any_desc(plan.shape(layer.output), output.type);
    auto description = make(any_source, any_weights, any_target, fused_attributes());
    bool fuses = true;
    if (!quantisation && !layer.fused.empty() && is_reference(description)) {
      const auto unfused = make(any_source, any_weights, any_target, plain_attributes());
      if (!is_reference(unfused)) {
        description = unfused;
        fuses = false;
      }
    }
    const auto source = plan.in_form(layer.inputs[0],
                                     description.src_desc(),
                                     source_type,
                                     quantisation ? quantisation->input_scale : 1);
    std::unordered_map<int, dnnl::memory> constants{
        {DNNL_ARG_WEIGHTS,
         plan.weights().packed(
             layer.inputs[1], plain_desc(weights, weight_type), description.weights_desc())}};
    if (has_bias()) {
      constants[DNNL_ARG_BIAS] =
          quantisation ? plan.weights().scaled_bias(layer)
                       : plan.weights().packed(layer.inputs[2], bias_desc(), bias_desc());
    }
    const auto target = fuses ? home_of_fused(description.dst_desc())
                              : plan.new_home(layer.output, description.dst_desc());
    plan.add_step(description,
                  Primitive(description),
                  {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}},
                  std::move(constants),
                  layer.name,
                  fuses ? std::optional(layer.output) : std::nullopt);
    if (!fuses) {
      add_unfused_steps(target);
    }
  }

  /// Where sums are fused, the place holds what is added.
  [[nodiscard]] std::size_t home_of_fused(const dnnl::memory::desc& desc) const {
    for (const auto& step : layer.fused) {
      if (const auto* add = std::get_if<AddValue>(&step)) {
        return plan.home_upon(add->value, layer.output, desc);
      }
    }
    return plan.new_home(layer.output, desc);
  }

  void add_unfused_steps(std::size_t target) const {
    for (std::size_t i = 0; i < layer.fused.size(); ++i) {
      const auto value = i + 1 == layer.fused.size() ? std::optional(layer.output) : std::nullopt;
      if (const auto* function = std::get_if<Elementwise>(&layer.fused[i])) {
        add_function(*function, target, target, value);
      } else {
        add_sum(std::get<AddValue>(layer.fused[i]).value, target, value);
      }
    }
  }

  void add_sum(std::size_t added, std::size_t target, std::optional<std::size_t> value) const {
    const auto& desc = plan.slot(target).desc;
    const auto other = plan.in_form(added, desc, ElementType::f32, 1);
    const dnnl::binary::primitive_desc description(
        dnnl::binary::desc(dnnl::algorithm::binary_add, desc, desc, desc),
        plain_attributes(),
        plan.engine());
    plan.add_step(description,
                  dnnl::binary(description),
                  {{DNNL_ARG_SRC_0, target}, {DNNL_ARG_SRC_1, other}, {DNNL_ARG_DST, target}},
                  {},
                  layer.name + " add",
                  value);
  }
};

void release_inputs(PlanBuilder& plan, const Layer& layer) {
  for (const auto input : layer.inputs) {
    plan.release(input);
  }
  for (const auto& step : layer.fused) {
    if (const auto* add = std::get_if<AddValue>(&step)) {
      plan.release(add->value);
    }
  }
}

}  // namespace

std::unique_ptr<Plan> make_plan(const PlanRequest& request,
                                const dnnl::engine& engine,
                                WeightStore& weights) {
  PlanBuilder plan(request, engine, weights);
  for (const auto& layer : request.model->layers) {
    std::visit(Lowering{plan, layer}, layer.operation);
    release_inputs(plan, layer);
  }
  return plan.finish();
}

}  // namespace athanor::runtime
