#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

#include "athanor/core/error.hpp"
#include "athanor/runtime/graph.hpp"

namespace athanor::compile {

/// Typed access to the attributes of an ONNX node. What is absent has the default.
class OnnxNode {
 public:
  explicit OnnxNode(const onnx::NodeProto& node) : node_(&node) {}

  [[nodiscard]] const std::string& op_type() const { return node_->op_type(); }

  /// The node's name, or that of its output where it has none.
  [[nodiscard]] const std::string& name() const;

  [[nodiscard]] const std::string& output() const { return node_->output(0); }

  [[nodiscard]] bool has_output(std::size_t index) const;

  [[nodiscard]] bool has_input(std::size_t index) const;
  [[nodiscard]] const std::string& input(std::size_t index) const;
  [[nodiscard]] std::size_t input_count() const;

  [[nodiscard]] bool has(std::string_view attribute) const { return find(attribute) != nullptr; }

  [[nodiscard]] std::int64_t integer(std::string_view attribute, std::int64_t otherwise) const;
  [[nodiscard]] float number(std::string_view attribute, float otherwise) const;
  [[nodiscard]] std::string text(std::string_view attribute, const std::string& otherwise) const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view attribute,
                                                   std::vector<std::int64_t> otherwise) const;
  [[nodiscard]] const onnx::TensorProto* tensor(std::string_view attribute) const;

  /// Height and width; invalid_argument where there are not two.
  [[nodiscard]] Result<runtime::Pair> pair(std::string_view attribute) const;

  /// The padding before and behind a picture.
  struct Padding {
    runtime::Pair begin{0, 0};
    runtime::Pair end{0, 0};
  };

  [[nodiscard]] Result<Padding> padding() const;

  /// unsupported with operator and node before `what`.
  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view what) const;

 private:
  [[nodiscard]] const onnx::AttributeProto* find(std::string_view attribute) const;

  const onnx::NodeProto* node_;
};

}  // namespace athanor::compile
