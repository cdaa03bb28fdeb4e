#include "athanor/tensor/state_dict.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/tensor/int8_training.hpp"

namespace athanor::tensor {

namespace {

using TensorsByName = std::map<std::string_view, const torch::Tensor*>;

TensorsByName by_name(const NamedTensors& tensors) {
  TensorsByName index;
  for (const auto& [name, value] : tensors) {
    index.emplace(name, &value);
  }
  return index;
}

LoadReport compare(const NamedTensors& wanted, const NamedTensors& given) {
  LoadReport report;
  const auto given_by_name = by_name(given);
  for (const auto& [name, value] : wanted) {
    const auto found = given_by_name.find(name);
    if (found == given_by_name.end()) {
      if (!name.ends_with("num_batches_tracked")) {
        report.missing.push_back(name);
      }
    } else if (found->second->sizes() != value.sizes()) {
      report.mismatched.push_back(fmt::format("{}: [{}] given, [{}] needed",
                                              name,
                                              fmt::join(found->second->sizes(), ", "),
                                              fmt::join(value.sizes(), ", ")));
    }
  }
  const auto wanted_by_name = by_name(wanted);
  for (const auto& [name, value] : given) {
    if (!wanted_by_name.contains(name) && !is_int8_range(name)) {
      report.unexpected.push_back(name);
    }
  }
  return report;
}

void append_list(std::string& message, std::string_view title, std::vector<std::string> names) {
  constexpr std::size_t shown = 8;
  if (names.empty()) {
    return;
  }
  const auto hidden = names.size() - std::min(shown, names.size());
  names.resize(names.size() - hidden);
  message += fmt::format("; {}: {}", title, fmt::join(names, ", "));
  if (hidden > 0) {
    message += fmt::format(" and {} more", hidden);
  }
}

}  // namespace

Status LoadReport::require_complete() const {
  if (complete()) {
    return {};
  }
  std::string message = "the weights do not fit the network";
  append_list(message, "missing", missing);
  append_list(message, "unexpected", unexpected);
  append_list(message, "of another shape", mismatched);
  return fail(ErrorCode::invalid_argument, std::move(message));
}

NamedTensors state_dict(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& parameter : module.named_parameters()) {
    tensors.push_back({parameter.key(), parameter.value()});
  }
  for (const auto& buffer : module.named_buffers()) {
    tensors.push_back({buffer.key(), buffer.value()});
  }
  return tensors;
}

LoadReport compare_state_dict(const torch::nn::Module& module, const NamedTensors& tensors) {
  return compare(state_dict(module), tensors);
}

LoadReport load_state_dict(torch::nn::Module& module, const NamedTensors& tensors) {
  const torch::NoGradGuard no_grad;
  const auto own = state_dict(module);
  const auto given = by_name(tensors);
  for (const auto& [name, value] : own) {
    const auto found = given.find(name);
    if (found != given.end() && found->second->sizes() == value.sizes()) {
      value.copy_(*found->second);
    }
  }
  return compare(own, tensors);
}

}  // namespace athanor::tensor
