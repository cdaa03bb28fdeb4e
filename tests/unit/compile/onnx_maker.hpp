#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <onnx/onnx_pb.h>

/// ONNX files put together by hand.
namespace athanor::compile::testing {

class OnnxMaker {
 public:
  OnnxMaker() {
    file_.set_ir_version(8);
    file_.add_opset_import()->set_version(17);
  }

  /// -1 for the batch.
  void input(const std::string& name, const std::vector<std::int64_t>& shape) {
    auto& info = *graph().add_input();
    info.set_name(name);
    auto& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const auto size : shape) {
      auto& dimension = *type.mutable_shape()->add_dim();
      if (size < 0) {
        dimension.set_dim_param("batch");
      } else {
        dimension.set_dim_value(size);
      }
    }
  }

  void output(const std::string& name) { graph().add_output()->set_name(name); }

  void numbers(const std::string& name,
               const std::vector<std::int64_t>& shape,
               const std::vector<float>& values) {
    auto& tensor = constant(name, shape, onnx::TensorProto::FLOAT);
    tensor.mutable_float_data()->Add(values.begin(), values.end());
  }

  void integers(const std::string& name, const std::vector<std::int64_t>& values) {
    auto& tensor =
        constant(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
    tensor.mutable_int64_data()->Add(values.begin(), values.end());
  }

  void integer(const std::string& name, std::int64_t value) {
    constant(name, {}, onnx::TensorProto::INT64).add_int64_data(value);
  }

  /// A node named as its output.
  onnx::NodeProto& node(const std::string& op_type,
                        const std::vector<std::string>& inputs,
                        const std::string& output) {
    auto& node = *graph().add_node();
    node.set_op_type(op_type);
    node.set_name(output);
    node.mutable_input()->Add(inputs.begin(), inputs.end());
    node.add_output(output);
    return node;
  }

  onnx::ModelProto& file() { return file_; }

  [[nodiscard]] std::string bytes() const { return file_.SerializeAsString(); }

 private:
  onnx::GraphProto& graph() { return *file_.mutable_graph(); }

  onnx::TensorProto& constant(const std::string& name,
                              const std::vector<std::int64_t>& shape,
                              onnx::TensorProto::DataType type) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    tensor.mutable_dims()->Add(shape.begin(), shape.end());
    return tensor;
  }

  onnx::ModelProto file_;
};

inline void set_integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

inline void set_integers(onnx::NodeProto& node,
                         const std::string& name,
                         const std::vector<std::int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  attribute.mutable_ints()->Add(values.begin(), values.end());
}

}  // namespace athanor::compile::testing
