#include "athanor/export/aten_node.hpp"

#include <fmt/format.h>

namespace athanor::exporter {

namespace jit = torch::jit;

namespace {

c10::TensorTypePtr tensor_type_of(const jit::Value* value) {
  auto type = value->type()->cast<c10::TensorType>();
  if (!type || !type->sizes().concrete_sizes() || !type->scalarType()) {
    throw ExportFailure(fmt::format("the traced value %{} has no known shape", value->debugName()));
  }
  return type;
}

}  // namespace

AtenNode::AtenNode(const jit::Node& node, std::string scope)
    : node_(&node), scope_(std::move(scope)) {}

std::string AtenNode::name() const {
  return node_->kind().toQualString();
}

bool AtenNode::is_none(std::size_t index) const {
  return index >= argument_count() || node_->input(index)->mustBeNone();
}

bool AtenNode::is_tensor(std::size_t index) const {
  return index < argument_count() &&
         node_->input(index)->type()->kind() == c10::TypeKind::TensorType;
}

bool AtenNode::is_scalar(std::size_t index) const {
  return index < argument_count() && node_->input(index)->node()->kind() == c10::prim::Constant &&
         constant(index).isScalar();
}

const jit::Value* AtenNode::tensor(std::size_t index) const {
  if (!is_tensor(index)) {
    refuse(fmt::format("has no tensor as argument {}", index));
  }
  return node_->input(index);
}

std::vector<const jit::Value*> AtenNode::tensors(std::size_t index) const {
  const auto* list = index < argument_count() ? node_->input(index)->node() : node_;
  if (list->kind() != c10::prim::ListConstruct) {
    refuse(fmt::format("has no list of tensors as argument {}", index));
  }
  return {list->inputs().begin(), list->inputs().end()};
}

std::int64_t AtenNode::integer(std::size_t index) const {
  const auto value = constant(index);
  if (!value.isInt()) {
    refuse(fmt::format("has no whole number as argument {}", index));
  }
  return value.toInt();
}

double AtenNode::number(std::size_t index) const {
  const auto value = constant(index);
  if (!value.isScalar()) {
    refuse(fmt::format("has no number as argument {}", index));
  }
  return value.toScalar().toDouble();
}

bool AtenNode::flag(std::size_t index) const {
  const auto value = constant(index);
  if (!value.isBool()) {
    refuse(fmt::format("has no truth value as argument {}", index));
  }
  return value.toBool();
}

std::vector<std::int64_t> AtenNode::integers(std::size_t index) const {
  if (is_none(index)) {
    return {};
  }
  const auto* list = node_->input(index)->node();
  if (list->kind() != c10::prim::ListConstruct) {
    const auto value = constant(index);
    return value.isIntList() ? value.toIntVector() : std::vector<std::int64_t>{integer(index)};
  }
  std::vector<std::int64_t> numbers;
  for (const auto* item : list->inputs()) {
    const auto value = jit::toIValue(item);
    if (!value || !value->isInt()) {
      refuse(fmt::format("computes argument {} while it runs, which cannot be exported", index));
    }
    numbers.push_back(value->toInt());
  }
  return numbers;
}

std::int64_t AtenNode::dimension(std::size_t index, std::size_t rank) const {
  const auto dimension = integer(index);
  return dimension < 0 ? dimension + static_cast<std::int64_t>(rank) : dimension;
}

void AtenNode::refuse(const std::string& what) const {
  throw ExportFailure(fmt::format("the operator {} ({}) {}", name(), scope_, what));
}

c10::IValue AtenNode::constant(std::size_t index) const {
  if (index >= argument_count()) {
    refuse(fmt::format("has no argument {}", index));
  }
  auto value = jit::toIValue(node_->input(index));
  if (!value) {
    refuse(fmt::format("computes argument {} while it runs, which cannot be exported", index));
  }
  return *value;
}

std::vector<std::int64_t> traced_shape(const jit::Value* value) {
  return *tensor_type_of(value)->sizes().concrete_sizes();
}

torch::ScalarType traced_type(const jit::Value* value) {
  return *tensor_type_of(value)->scalarType();
}

}  // namespace athanor::exporter
