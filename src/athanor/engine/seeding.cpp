#include "athanor/engine/seeding.hpp"

#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

void seed_torch(data::RandomKey key) {
  torch::manual_seed(data::RandomStream(key).bits64());
}

}  // namespace athanor::engine
