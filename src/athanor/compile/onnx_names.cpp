#include "athanor/compile/onnx_names.hpp"

#include "athanor/compile/onnx_file.hpp"

namespace athanor::compile {

Result<NameSet> activation_names(std::string_view onnx) {
  ATHANOR_TRY(const auto file, parse_onnx(onnx));
  NameSet names;
  for (const auto& input : file.graph().input()) {
    names.insert(input.name());
  }
  for (const auto& node : file.graph().node()) {
    names.insert(node.output().begin(), node.output().end());
  }
  return names;
}

Result<std::map<std::string, std::string>> inputs_by_weights(std::string_view onnx) {
  ATHANOR_TRY(const auto file, parse_onnx(onnx));
  NameSet weights;
  for (const auto& tensor : file.graph().initializer()) {
    weights.insert(tensor.name());
  }
  std::map<std::string, std::string> inputs;
  for (const auto& node : file.graph().node()) {
    for (int i = 1; i < node.input_size(); ++i) {
      if (weights.contains(node.input(i))) {
        inputs.emplace(node.input(i), node.input(0));
      }
    }
  }
  return inputs;
}

}  // namespace athanor::compile
