#include "athanor/networks/@name@/options.hpp"

#include <stdexcept>

#include "athanor/spec/keys/@name@.hpp"

namespace athanor::networks::@name@ {

TrainOptions read_train_options(const spec::SpecView& /*spec*/) {
  throw std::logic_error("@name@: read the options by the keys of athanor/spec/keys/@name@.hpp");
}

}  // namespace athanor::networks::@name@
