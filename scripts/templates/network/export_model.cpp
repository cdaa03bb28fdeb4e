#include "athanor/networks/@name@/export_model.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

engine::Report export_network(const engine::Job& /*job*/, const Model& /*model*/) {
  throw std::logic_error("@name@: trace the model and write model.onnx");
}

}  // namespace athanor::networks::@name@
