#include "athanor/engine/optimizer_state.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace athanor::engine {

namespace {

/// One remembered value: how to read it from torch's state and how to set it.
template <class State>
struct Slot {
  const char* name;
  std::function<torch::Tensor(const State&)> get;
  std::function<void(State&, const torch::Tensor&)> set;
};

template <class State>
Slot<State> step_slot() {
  return {"step",
          [](const State& state) { return torch::tensor(state.step(), torch::kInt64); },
          [](State& state, const torch::Tensor& value) { state.step(value.item<std::int64_t>()); }};
}

std::vector<Slot<torch::optim::SGDParamState>> slots_of(const torch::optim::SGDParamState&) {
  using State = torch::optim::SGDParamState;
  return {{"momentum",
           [](const State& state) { return state.momentum_buffer(); },
           [](State& state, const torch::Tensor& value) { state.momentum_buffer(value); }}};
}

std::vector<Slot<torch::optim::AdamParamState>> slots_of(const torch::optim::AdamParamState&) {
  using State = torch::optim::AdamParamState;
  return {step_slot<State>(),
          {"mean",
           [](const State& state) { return state.exp_avg(); },
           [](State& state, const torch::Tensor& value) { state.exp_avg(value); }},
          {"square",
           [](const State& state) { return state.exp_avg_sq(); },
           [](State& state, const torch::Tensor& value) { state.exp_avg_sq(value); }}};
}

std::vector<Slot<torch::optim::RMSpropParamState>> slots_of(
    const torch::optim::RMSpropParamState&) {
  using State = torch::optim::RMSpropParamState;
  return {step_slot<State>(),
          {"square",
           [](const State& state) { return state.square_avg(); },
           [](State& state, const torch::Tensor& value) { state.square_avg(value); }}};
}

/// torch's key of a parameter's state.
std::string key_of(const torch::Tensor& parameter) {
  return c10::guts::to_string(parameter.unsafeGetTensorImpl());
}

template <class State>
void collect(const torch::optim::OptimizerParamState& state,
             const std::string& parameter,
             tensor::NamedTensors& out) {
  const auto& typed = static_cast<const State&>(state);
  for (const auto& slot : slots_of(typed)) {
    if (const auto value = slot.get(typed); value.defined()) {
      out.push_back({parameter + "/" + slot.name, value});
    }
  }
}

/// Sums over tensors of equal layout are vectorised otherwise than those of unequal ones, which
/// shows in the last bit.
torch::Tensor laid_out_like(const torch::Tensor& parameter, const torch::Tensor& value) {
  const torch::NoGradGuard no_grad;
  return torch::empty_like(parameter, value.scalar_type()).copy_(value);
}

template <class State>
Status restore(torch::optim::Optimizer& optimizer,
               const std::string& name,
               const torch::Tensor& parameter,
               const tensor::NamedTensors& saved) {
  auto state = std::make_unique<State>();
  bool found = false;
  for (const auto& slot : slots_of(*state)) {
    const auto* value = tensor::find_tensor(saved, name + "/" + slot.name);
    if (value == nullptr) {
      continue;
    }
    if (value->dim() > 0 && value->sizes() != parameter.sizes()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the optimiser's {} of {} has another shape", slot.name, name));
    }
    slot.set(*state, value->dim() > 0 ? laid_out_like(parameter, *value) : value->clone());
    found = true;
  }
  if (found) {
    optimizer.state()[key_of(parameter)] = std::move(state);
  }
  return {};
}

}  // namespace

tensor::NamedTensors optimizer_state(const torch::optim::Optimizer& optimizer,
                                     const torch::nn::Module& module) {
  tensor::NamedTensors result;
  const auto& states = optimizer.state();
  for (const auto& item : module.named_parameters()) {
    const auto found = states.find(key_of(item.value()));
    if (found == states.end()) {
      continue;
    }
    if (dynamic_cast<const torch::optim::SGD*>(&optimizer) != nullptr) {
      collect<torch::optim::SGDParamState>(*found->second, item.key(), result);
    } else if (dynamic_cast<const torch::optim::Adam*>(&optimizer) != nullptr) {
      collect<torch::optim::AdamParamState>(*found->second, item.key(), result);
    } else if (dynamic_cast<const torch::optim::RMSprop*>(&optimizer) != nullptr) {
      collect<torch::optim::RMSpropParamState>(*found->second, item.key(), result);
    }
  }
  return result;
}

Status load_optimizer_state(torch::optim::Optimizer& optimizer,
                            const torch::nn::Module& module,
                            const tensor::NamedTensors& state) {
  for (const auto& item : module.named_parameters()) {
    if (dynamic_cast<const torch::optim::SGD*>(&optimizer) != nullptr) {
      ATHANOR_CHECK_OK(
          restore<torch::optim::SGDParamState>(optimizer, item.key(), item.value(), state));
    } else if (dynamic_cast<const torch::optim::Adam*>(&optimizer) != nullptr) {
      ATHANOR_CHECK_OK(
          restore<torch::optim::AdamParamState>(optimizer, item.key(), item.value(), state));
    } else if (dynamic_cast<const torch::optim::RMSprop*>(&optimizer) != nullptr) {
      ATHANOR_CHECK_OK(
          restore<torch::optim::RMSpropParamState>(optimizer, item.key(), item.value(), state));
    }
  }
  return {};
}

}  // namespace athanor::engine
