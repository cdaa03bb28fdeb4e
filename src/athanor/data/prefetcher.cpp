#include "athanor/data/prefetcher.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace athanor::data {

void yield_to_compute() {
  constexpr int nice_level = 5;
  // Linux keeps a priority per thread; where it is refused, loading merely competes.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice_level);
}

}  // namespace athanor::data
