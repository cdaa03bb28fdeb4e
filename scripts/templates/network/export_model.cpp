#include "athanor/networks/@name@/export_model.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

engine::GraphToExport graph_to_export(const engine::Checkpoint& /*checkpoint*/) {
  throw std::logic_error("@name@: name the outputs and say how they are computed");
}

}  // namespace athanor::networks::@name@
