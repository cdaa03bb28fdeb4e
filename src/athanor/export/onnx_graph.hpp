#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <onnx/onnx_pb.h>

#include "athanor/tensor/torch_jit.hpp"

namespace athanor::exporter {

using OnnxAttribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>>;
using OnnxAttributes = std::vector<std::pair<std::string_view, OnnxAttribute>>;

/// An ONNX graph that grows operator by operator beside a traced one.
class OnnxGraph {
 public:
  OnnxGraph(std::string name, bool dynamic_batch);

  /// Declares an input or output with the traced shape; its first dimension is the symbolic
  /// "batch" if the batch is dynamic.
  void add_input(const torch::jit::Value* value, const std::string& name);
  void add_output(const torch::jit::Value* value, const std::string& name);

  /// A weight under its own name.
  void add_weight(const torch::jit::Value* value,
                  const std::string& name,
                  const torch::Tensor& weight);
  /// A constant without a name of its own; returns the one it got.
  std::string add_constant(const torch::Tensor& constant);
  std::string add_integers(const std::vector<std::int64_t>& values);

  /// Adds a node with one output and returns that output's name. Empty names are left-out optional
  /// inputs.
  std::string add_node(const std::string& op_type,
                       const std::vector<std::string>& inputs,
                       const OnnxAttributes& attributes = {});

  /// Says which ONNX value stands for a traced one.
  void bind(const torch::jit::Value* value, std::string name);
  [[nodiscard]] const std::string& name_of(const torch::jit::Value* value) const;

  /// Names for the nodes added from now on: "layer1.0.conv1", or empty for the operator's own.
  void enter_scope(std::string scope) { scope_ = std::move(scope); }

  [[nodiscard]] bool dynamic_batch() const { return dynamic_batch_; }

  /// The finished graph, without nodes and weights that no output needs.
  [[nodiscard]] onnx::GraphProto take();

 private:
  /// False where the value is no node's or already an output and has to keep its name.
  bool rename_node_output(const std::string& from, const std::string& to);
  [[nodiscard]] std::string fresh_name(const std::string& wanted);
  void describe(const torch::jit::Value* value,
                const std::string& name,
                onnx::ValueInfoProto& info) const;

  onnx::GraphProto graph_;
  bool dynamic_batch_;
  std::string scope_;
  std::set<std::string> taken_;
  std::map<const torch::jit::Value*, std::string> names_;
};

/// Drops nodes and initializers that contribute to no output.
void remove_unused(onnx::GraphProto& graph);

}  // namespace athanor::exporter
