#include "athanor/networks/@name@/predictor.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

Predictor load_predictor(const engine::FinishedModel& /*finished*/) {
  throw std::logic_error("@name@: run the module as the exported graph computes");
}

}  // namespace athanor::networks::@name@
