#include "athanor/http/seats.hpp"

namespace athanor::http {

Seats::Seats(std::size_t limit)
    : limit_(limit), taken_(std::make_shared<std::atomic<std::size_t>>(0)) {}

Result<std::shared_ptr<void>> Seats::take() {
  // The count outlives this object with the last seat, wherever that ends.
  std::shared_ptr<void> seat(nullptr, [taken = taken_](void*) { --*taken; });
  if (++*taken_ > limit_) {
    return fail(ErrorCode::unavailable, "too many event streams are open; try again later");
  }
  return seat;
}

}  // namespace athanor::http
