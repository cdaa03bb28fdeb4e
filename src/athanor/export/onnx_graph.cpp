#include "athanor/export/onnx_graph.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "athanor/export/aten_node.hpp"

namespace athanor::exporter {

namespace {

onnx::TensorProto::DataType onnx_type_of(torch::ScalarType type) {
  switch (type) {
    case torch::kFloat32:
      return onnx::TensorProto::FLOAT;
    case torch::kFloat64:
      return onnx::TensorProto::DOUBLE;
    case torch::kInt64:
      return onnx::TensorProto::INT64;
    case torch::kInt32:
      return onnx::TensorProto::INT32;
    case torch::kUInt8:
      return onnx::TensorProto::UINT8;
    case torch::kBool:
      return onnx::TensorProto::BOOL;
    default:
      throw ExportFailure(
          fmt::format("tensors of type {} cannot be exported", c10::toString(type)));
  }
}

void fill_tensor(onnx::TensorProto& target, const std::string& name, const torch::Tensor& value) {
  const auto dense = value.detach().contiguous().cpu();
  target.set_name(name);
  target.set_data_type(onnx_type_of(dense.scalar_type()));
  for (const auto size : dense.sizes()) {
    target.add_dims(size);
  }
  target.set_raw_data(dense.data_ptr(), dense.nbytes());
}

struct AttributeWriter {
  onnx::AttributeProto& target;

  void operator()(std::int64_t value) const {
    target.set_type(onnx::AttributeProto::INT);
    target.set_i(value);
  }

  void operator()(float value) const {
    target.set_type(onnx::AttributeProto::FLOAT);
    target.set_f(value);
  }

  void operator()(const std::string& value) const {
    target.set_type(onnx::AttributeProto::STRING);
    target.set_s(value);
  }

  void operator()(const std::vector<std::int64_t>& values) const {
    target.set_type(onnx::AttributeProto::INTS);
    target.mutable_ints()->Add(values.begin(), values.end());
  }
};

}  // namespace

OnnxGraph::OnnxGraph(std::string name, bool dynamic_batch) : dynamic_batch_(dynamic_batch) {
  graph_.set_name(std::move(name));
}

void OnnxGraph::describe(const torch::jit::Value* value,
                         const std::string& name,
                         onnx::ValueInfoProto& info) const {
  info.set_name(name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx_type_of(traced_type(value)));
  auto& shape = *type.mutable_shape();
  for (const auto size : traced_shape(value)) {
    shape.add_dim()->set_dim_value(size);
  }
  if (dynamic_batch_ && shape.dim_size() > 0) {
    shape.mutable_dim(0)->set_dim_param("batch");
  }
}

void OnnxGraph::add_input(const torch::jit::Value* value, const std::string& name) {
  taken_.insert(name);
  describe(value, name, *graph_.add_input());
  bind(value, name);
}

void OnnxGraph::add_output(const torch::jit::Value* value, const std::string& name) {
  taken_.insert(name);
  if (!rename_node_output(name_of(value), name)) {
    auto& node = *graph_.add_node();
    node.set_op_type("Identity");
    node.set_name(fresh_name("Identity"));
    node.add_input(name_of(value));
    node.add_output(name);
  } else {
    bind(value, name);
  }
  describe(value, name, *graph_.add_output());
}

bool OnnxGraph::rename_node_output(const std::string& from, const std::string& to) {
  const auto has_name = [&from](const auto& named) { return named.name() == from; };
  const bool is_output = std::ranges::any_of(graph_.output(), has_name);
  const bool is_input = std::ranges::any_of(graph_.input(), has_name);
  const bool is_weight = std::ranges::any_of(graph_.initializer(), has_name);
  if (is_output || is_input || is_weight) {
    return false;
  }
  for (auto& node : *graph_.mutable_node()) {
    std::replace(node.mutable_input()->begin(), node.mutable_input()->end(), from, to);
    std::replace(node.mutable_output()->begin(), node.mutable_output()->end(), from, to);
  }
  return true;
}

void OnnxGraph::add_weight(const torch::jit::Value* value,
                           const std::string& name,
                           const torch::Tensor& weight) {
  taken_.insert(name);
  fill_tensor(*graph_.add_initializer(), name, weight);
  bind(value, name);
}

std::string OnnxGraph::add_constant(const torch::Tensor& constant) {
  auto name = fresh_name("constant");
  fill_tensor(*graph_.add_initializer(), name, constant);
  return name;
}

std::string OnnxGraph::add_integers(const std::vector<std::int64_t>& values) {
  return add_constant(torch::tensor(values, torch::kInt64));
}

std::string OnnxGraph::add_node(const std::string& op_type,
                                const std::vector<std::string>& inputs,
                                const OnnxAttributes& attributes) {
  auto& node = *graph_.add_node();
  node.set_op_type(op_type);
  node.set_name(fresh_name(scope_.empty() ? op_type : scope_));
  for (const auto& input : inputs) {
    node.add_input(input);
  }
  node.add_output(node.name());
  for (const auto& [name, value] : attributes) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(std::string(name));
    std::visit(AttributeWriter{attribute}, value);
  }
  return node.name();
}

void OnnxGraph::bind(const torch::jit::Value* value, std::string name) {
  names_.insert_or_assign(value, std::move(name));
}

const std::string& OnnxGraph::name_of(const torch::jit::Value* value) const {
  const auto found = names_.find(value);
  if (found == names_.end()) {
    throw ExportFailure(
        fmt::format("the traced value %{} is no tensor of the network", value->debugName()));
  }
  return found->second;
}

std::string OnnxGraph::fresh_name(const std::string& wanted) {
  std::string name = wanted;
  for (int number = 1; !taken_.insert(name).second; ++number) {
    name = fmt::format("{}_{}", wanted, number);
  }
  return name;
}

onnx::GraphProto OnnxGraph::take() {
  remove_unused(graph_);
  return std::move(graph_);
}

void remove_unused(onnx::GraphProto& graph) {
  std::set<std::string> needed;
  for (const auto& output : graph.output()) {
    needed.insert(output.name());
  }
  // Nodes are in topological order: backwards, every use comes before its definition.
  std::vector<onnx::NodeProto> kept;
  for (int i = graph.node_size(); i-- > 0;) {
    auto& node = *graph.mutable_node(i);
    if (std::ranges::any_of(node.output(),
                            [&](const auto& name) { return needed.contains(name); })) {
      needed.insert(node.input().begin(), node.input().end());
      kept.push_back(std::move(node));
    }
  }
  graph.clear_node();
  for (auto node = kept.rbegin(); node != kept.rend(); ++node) {
    *graph.add_node() = std::move(*node);
  }
  auto& weights = *graph.mutable_initializer();
  weights.erase(std::remove_if(weights.begin(),
                               weights.end(),
                               [&](const auto& weight) { return !needed.contains(weight.name()); }),
                weights.end());
}

}  // namespace athanor::exporter
