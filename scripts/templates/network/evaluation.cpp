#include "athanor/networks/@name@/evaluation.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

engine::Report evaluate_model(const Predictor& /*predictor*/, const engine::Job& /*job*/) {
  throw std::logic_error("@name@: compute the metrics");
}

engine::Metric measure_model(const Predictor& /*predictor*/, const engine::Job& /*job*/) {
  throw std::logic_error("@name@: compute the metric by which models are judged");
}

}  // namespace athanor::networks::@name@
