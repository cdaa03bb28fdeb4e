#include "athanor/engine/rollback.hpp"

#include <mutex>

#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

at::Generator generator() {
  return at::detail::getDefaultCPUGenerator();
}

}  // namespace

Rollback::Rollback(torch::nn::Module& module)
    : module_(module), is_training_(module.is_training()) {
  {
    auto source = generator();
    const std::lock_guard lock(source.mutex());
    generator_ = source.get_state();
  }
  for (const auto& [name, value] : tensor::state_dict(module)) {
    held_.push_back({name, value.detach().clone()});
  }
}

Rollback::~Rollback() {
  (void)tensor::load_state_dict(module_, held_);
  module_.zero_grad(/*set_to_none=*/true);
  module_.train(is_training_);
  auto target = generator();
  const std::lock_guard lock(target.mutex());
  target.set_state(generator_);
}

std::size_t Rollback::bytes() const {
  std::size_t sum = 0;
  for (const auto& each : held_) {
    sum += each.value.nbytes();
  }
  return sum;
}

}  // namespace athanor::engine
