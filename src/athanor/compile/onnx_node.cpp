#include "athanor/compile/onnx_node.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace athanor::compile {

const std::string& OnnxNode::name() const {
  return node_->name().empty() ? node_->output(0) : node_->name();
}

bool OnnxNode::has_output(std::size_t index) const {
  return index < static_cast<std::size_t>(node_->output_size()) &&
         !node_->output(static_cast<int>(index)).empty();
}

bool OnnxNode::has_input(std::size_t index) const {
  return index < input_count() && !input(index).empty();
}

const std::string& OnnxNode::input(std::size_t index) const {
  return node_->input(static_cast<int>(index));
}

std::size_t OnnxNode::input_count() const {
  return static_cast<std::size_t>(node_->input_size());
}

const onnx::AttributeProto* OnnxNode::find(std::string_view attribute) const {
  const auto found = std::ranges::find(node_->attribute(), attribute, &onnx::AttributeProto::name);
  return found == node_->attribute().end() ? nullptr : &*found;
}

std::int64_t OnnxNode::integer(std::string_view attribute, std::int64_t otherwise) const {
  const auto* found = find(attribute);
  return found == nullptr ? otherwise : found->i();
}

float OnnxNode::number(std::string_view attribute, float otherwise) const {
  const auto* found = find(attribute);
  return found == nullptr ? otherwise : found->f();
}

std::string OnnxNode::text(std::string_view attribute, const std::string& otherwise) const {
  const auto* found = find(attribute);
  return found == nullptr ? otherwise : found->s();
}

std::vector<std::int64_t> OnnxNode::integers(std::string_view attribute,
                                             std::vector<std::int64_t> otherwise) const {
  const auto* found = find(attribute);
  return found == nullptr ? std::move(otherwise)
                          : std::vector<std::int64_t>(found->ints().begin(), found->ints().end());
}

const onnx::TensorProto* OnnxNode::tensor(std::string_view attribute) const {
  const auto* found = find(attribute);
  return found == nullptr || !found->has_t() ? nullptr : &found->t();
}

Result<runtime::Pair> OnnxNode::pair(std::string_view attribute) const {
  const auto numbers = integers(attribute, {1, 1});
  if (numbers.size() != 2) {
    return refuse(
        fmt::format("has {} numbers as {}, not height and width", numbers.size(), attribute));
  }
  return runtime::Pair{numbers[0], numbers[1]};
}

Result<OnnxNode::Padding> OnnxNode::padding() const {
  if (text("auto_pad", "NOTSET") != "NOTSET") {
    return refuse("pads by auto_pad; write the pads out");
  }
  const auto pads = integers("pads", {0, 0, 0, 0});
  if (pads.size() != 4) {
    return refuse(fmt::format("has {} pads, not 4", pads.size()));
  }
  return Padding{{pads[0], pads[1]}, {pads[2], pads[3]}};
}

tl::unexpected<Error> OnnxNode::refuse(std::string_view what) const {
  return fail(ErrorCode::unsupported, fmt::format("the {} {} {}", op_type(), name(), what));
}

}  // namespace athanor::compile
