#include "athanor/networks/@name@/model.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

Model make_model(const TrainOptions& /*options*/) {
  throw std::logic_error("@name@: build the layers");
}

Json describe(const Model& /*model*/) {
  throw std::logic_error("@name@: describe what make_model needs to build the model again");
}

Model load_model(const engine::Checkpoint& /*checkpoint*/) {
  throw std::logic_error("@name@: build the model from its description and load the weights");
}

}  // namespace athanor::networks::@name@
