#include "athanor/preflight/faults.hpp"

namespace athanor::preflight {

std::string to_string(const Fault& fault) {
  return fault.field + ": " + fault.reason;
}

}  // namespace athanor::preflight
