#include "athanor/networks/@name@/postprocess.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

engine::Report infer_samples(const engine::Job& /*job*/,
                             const Predictor& /*predictor*/,
                             const std::filesystem::path& /*root*/) {
  throw std::logic_error("@name@: turn outputs into results and write them");
}

}  // namespace athanor::networks::@name@
