#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "athanor/tensor/torch_jit.hpp"

namespace athanor::exporter {

/// Something in a network that has no ONNX form; what() names the operator and where it is.
class ExportFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Typed access to the arguments of one operator of a traced graph, by position as in torch's
/// native_functions.yaml. Constants are read through; arguments of another kind throw
/// ExportFailure.
class AtenNode {
 public:
  /// `scope` tells users where the operator is: "after layer1.0.conv1".
  AtenNode(const torch::jit::Node& node, std::string scope);

  /// "aten::relu"
  [[nodiscard]] std::string name() const;

  [[nodiscard]] const torch::jit::Value* output() const { return node_->output(); }

  [[nodiscard]] std::size_t argument_count() const { return node_->inputs().size(); }

  /// Trailing arguments that an overload lacks count as None.
  [[nodiscard]] bool is_none(std::size_t index) const;
  [[nodiscard]] bool is_tensor(std::size_t index) const;
  [[nodiscard]] bool is_scalar(std::size_t index) const;

  [[nodiscard]] const torch::jit::Value* tensor(std::size_t index) const;
  [[nodiscard]] std::vector<const torch::jit::Value*> tensors(std::size_t index) const;
  [[nodiscard]] std::int64_t integer(std::size_t index) const;
  [[nodiscard]] double number(std::size_t index) const;
  [[nodiscard]] bool flag(std::size_t index) const;
  /// A list of integers; a single one counts as a list of one, None as an empty list.
  [[nodiscard]] std::vector<std::int64_t> integers(std::size_t index) const;

  /// A dimension argument counted from the front for a tensor of `rank` dimensions.
  [[nodiscard]] std::int64_t dimension(std::size_t index, std::size_t rank) const;

  /// ExportFailure with operator and scope before `what`.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  [[nodiscard]] c10::IValue constant(std::size_t index) const;

  const torch::jit::Node* node_;
  std::string scope_;
};

/// Sizes and type that a tensor had in the traced run.
[[nodiscard]] std::vector<std::int64_t> traced_shape(const torch::jit::Value* value);
[[nodiscard]] torch::ScalarType traced_type(const torch::jit::Value* value);

}  // namespace athanor::exporter
