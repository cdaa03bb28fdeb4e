#include "athanor/data/epoch_order.hpp"

#include "athanor/data/random.hpp"

namespace athanor::data {

EpochOrder::Order EpochOrder::of(std::uint32_t epoch) const {
  return latest_.with([&](Latest& latest) {
    if (!latest.order || latest.epoch != epoch) {
      latest = {
          epoch,
          std::make_shared<const std::vector<std::int64_t>>(shuffled_order(size_, seed_, epoch))};
    }
    return latest.order;
  });
}

}  // namespace athanor::data
