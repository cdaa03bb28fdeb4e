#include "athanor/export/onnx_export.hpp"

#include <set>

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include "athanor/core/files.hpp"
#include "athanor/export/batch_norm_folding.hpp"
#include "athanor/export/onnx_graph.hpp"
#include "athanor/export/operators/table.hpp"

namespace athanor::exporter {

namespace {

Status check_request(const ExportRequest& request) {
  if (request.opset < oldest_opset || request.opset > newest_opset) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("opset {} is not supported: choose {} to {}",
                            request.opset,
                            oldest_opset,
                            newest_opset));
  }
  std::set<std::string> names(request.output_names.begin(), request.output_names.end());
  auto expected = request.output_names.size();
  for (const auto* group : {&request.inputs, &request.weights}) {
    expected += group->size();
    for (const auto& named : *group) {
      names.insert(named.name);
    }
  }
  if (names.size() != expected || names.contains("")) {
    return fail(ErrorCode::invalid_argument,
                "inputs, outputs and weights need different names that are not empty");
  }
  return {};
}

/// Walks a traced graph and converts it operator by operator.
class GraphWriter {
 public:
  GraphWriter(const ExportRequest& request, const TracedGraph& traced)
      : traced_(traced), graph_(request.graph_name, request.dynamic_batch) {
    const auto values = traced.graph->inputs();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i < traced.inputs.size()) {
        graph_.add_input(values[i], traced.inputs[i].name);
        continue;
      }
      const auto& [name, weight] = traced.weights.at(i - traced.inputs.size());
      graph_.add_weight(values[i], name, weight);
      layers_[values[i]] = name.substr(0, name.rfind('.'));
    }
  }

  onnx::GraphProto write(const std::vector<std::string>& output_names) {
    for (const auto* node : traced_.graph->nodes()) {
      convert(*node);
    }
    const auto outputs = traced_.graph->outputs();
    if (outputs.size() != output_names.size()) {
      throw ExportFailure(fmt::format(
          "the network has {} outputs, {} are named", outputs.size(), output_names.size()));
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      graph_.add_output(outputs[i], output_names[i]);
    }
    return graph_.take();
  }

 private:
  void convert(const torch::jit::Node& node) {
    if (node.kind() == c10::prim::Constant) {
      add_tensor_constant(node);
      return;
    }
    if (node.kind() == c10::prim::ListConstruct) {
      return;
    }
    const auto layer = layer_of(node);
    const AtenNode aten(node, layer.empty() ? "after " + last_layer_ : "in " + layer);
    const auto* row = find_operator(aten.name());
    if (row == nullptr) {
      aten.refuse("has no converter to ONNX");
    }
    graph_.enter_scope(layer);
    row->convert(aten, graph_, row->op_type);
    if (!layer.empty()) {
      last_layer_ = layer;
    }
  }

  void add_tensor_constant(const torch::jit::Node& node) {
    if (node.output()->type()->kind() == c10::TypeKind::TensorType) {
      graph_.bind(node.output(), graph_.add_constant(node.t(c10::attr::value)));
    }
  }

  /// The layer whose weights the node reads, or empty.
  [[nodiscard]] std::string layer_of(const torch::jit::Node& node) const {
    for (const auto* input : node.inputs()) {
      if (const auto found = layers_.find(input); found != layers_.end()) {
        return found->second;
      }
    }
    return {};
  }

  const TracedGraph& traced_;
  OnnxGraph graph_;
  std::map<const torch::jit::Value*, std::string> layers_;  ///< Of weights.
  std::string last_layer_ = "the input";
};

onnx::ModelProto make_model(const ExportRequest& request, onnx::GraphProto graph) {
  onnx::ModelProto model;
  model.set_ir_version(request.opset >= 15 ? onnx::IR_VERSION : onnx::IR_VERSION_2020_5_8);
  model.set_producer_name("athanor");
  model.set_producer_version(ATHANOR_VERSION);
  auto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(request.opset);
  for (const auto& [key, value] : request.metadata) {
    auto& property = *model.add_metadata_props();
    property.set_key(key);
    property.set_value(value);
  }
  *model.mutable_graph() = std::move(graph);
  return model;
}

}  // namespace

Result<std::string> onnx_bytes(const ExportRequest& request) {
  ATHANOR_CHECK_OK(check_request(request));
  try {
    const auto traced = trace(request.forward, request.inputs, request.weights);
    auto graph = GraphWriter(request, traced).write(request.output_names);
    if (request.fold_batch_norm) {
      fold_batch_norms(graph);
    }
    auto model = make_model(request, std::move(graph));
    onnx::checker::check_model(model);
    onnx::shape_inference::InferShapes(
        model, onnx::OpSchemaRegistry::Instance(), {/*check_type=*/true, /*error_mode=*/1, false});
    return model.SerializeAsString();
  } catch (const ExportFailure& failure) {
    return fail(ErrorCode::unsupported, failure.what());
  } catch (const onnx::checker::ValidationError& error) {
    return fail(ErrorCode::internal,
                fmt::format("the exported graph is invalid: {}", error.what()));
  } catch (const onnx::InferenceError& error) {
    return fail(ErrorCode::internal,
                fmt::format("the exported graph has contradicting shapes: {}", error.what()));
  }
}

Status export_onnx(const ExportRequest& request, const std::filesystem::path& path) {
  ATHANOR_TRY(const auto bytes, onnx_bytes(request));
  return write_file_atomic(path, bytes);
}

}  // namespace athanor::exporter
