#include "athanor/export/batch_norm_folding.hpp"

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "athanor/export/onnx_graph.hpp"

namespace athanor::exporter {

namespace {

std::vector<float> floats_of(const onnx::TensorProto& tensor) {
  std::vector<float> values(tensor.raw_data().size() / sizeof(float));
  std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
  return values;
}

void set_floats(onnx::TensorProto& tensor, const std::vector<float>& values) {
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
}

double epsilon_of(const onnx::NodeProto& batch_norm) {
  for (const auto& attribute : batch_norm.attribute()) {
    if (attribute.name() == "epsilon") {
      return static_cast<double>(attribute.f());
    }
  }
  return 1e-5;  // The operator's default.
}

class Folder {
 public:
  explicit Folder(onnx::GraphProto& graph) : graph_(graph) {
    for (auto& weight : *graph.mutable_initializer()) {
      weights_[weight.name()] = &weight;
    }
    for (auto& node : *graph.mutable_node()) {
      producers_[node.output(0)] = &node;
      for (const auto& input : node.input()) {
        ++uses_[input];
      }
    }
    for (const auto& output : graph.output()) {
      ++uses_[output.name()];
    }
  }

  void run() {
    for (auto& node : *graph_.mutable_node()) {
      if (node.op_type() == "BatchNormalization") {
        fold(node);
      }
    }
    remove_unused(graph_);
  }

 private:
  void fold(onnx::NodeProto& batch_norm) {
    const auto found = producers_.find(batch_norm.input(0));
    if (found == producers_.end() || !foldable(*found->second)) {
      return;
    }
    auto& conv = *found->second;
    std::vector<std::vector<float>> norm;
    for (int i = 1; i <= 4; ++i) {
      const auto weight = weights_.find(batch_norm.input(i));
      if (weight == weights_.end()) {
        return;
      }
      norm.push_back(floats_of(*weight->second));
    }
    merge(conv, norm, epsilon_of(batch_norm));
    *conv.mutable_output(0) = batch_norm.output(0);
    producers_[batch_norm.output(0)] = &conv;
    // Its output is the Conv's now; without one of its own it is dropped as unused.
    batch_norm.clear_output();
  }

  /// A Conv of float weights that are its alone, read by the batch norm alone.
  [[nodiscard]] bool foldable(const onnx::NodeProto& node) const {
    if (node.op_type() != "Conv" || uses_.at(node.output(0)) != 1) {
      return false;
    }
    for (int i = 1; i < node.input_size(); ++i) {
      const auto weight = weights_.find(node.input(i));
      if (weight == weights_.end() || uses_.at(node.input(i)) != 1 ||
          weight->second->data_type() != onnx::TensorProto::FLOAT) {
        return false;
      }
    }
    return true;
  }

  /// conv: y = W * x + b; norm: (y - mean) * scale / sqrt(variance + epsilon) + shift.
  void merge(onnx::NodeProto& conv, const std::vector<std::vector<float>>& norm, double epsilon) {
    auto& weight = *weights_.at(conv.input(1));
    auto values = floats_of(weight);
    const auto channels = norm[0].size();
    auto bias = conv.input_size() > 2 ? floats_of(*weights_.at(conv.input(2)))
                                      : std::vector<float>(channels, 0.0F);
    const auto per_channel = values.size() / channels;
    for (std::size_t c = 0; c < channels; ++c) {
      const auto& [scale, shift, mean, variance] =
          std::tie(norm[0][c], norm[1][c], norm[2][c], norm[3][c]);
      const double factor = scale / std::sqrt(variance + epsilon);
      for (std::size_t i = c * per_channel; i < (c + 1) * per_channel; ++i) {
        values[i] = static_cast<float>(values[i] * factor);
      }
      bias[c] = static_cast<float>((static_cast<double>(bias[c]) - mean) * factor + shift);
    }
    set_floats(weight, values);
    set_bias(conv, bias);
  }

  void set_bias(onnx::NodeProto& conv, const std::vector<float>& bias) {
    if (conv.input_size() > 2) {
      set_floats(*weights_.at(conv.input(2)), bias);
      return;
    }
    auto& tensor = *graph_.add_initializer();
    tensor.set_name(conv.name() + ".folded_bias");
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_dims(static_cast<std::int64_t>(bias.size()));
    set_floats(tensor, bias);
    conv.add_input(tensor.name());
  }

  onnx::GraphProto& graph_;
  std::map<std::string, onnx::TensorProto*> weights_;
  std::map<std::string, onnx::NodeProto*> producers_;
  std::map<std::string, int> uses_;
};

}  // namespace

void fold_batch_norms(onnx::GraphProto& graph) {
  Folder(graph).run();
}

}  // namespace athanor::exporter
