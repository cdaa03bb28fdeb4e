#include "athanor/api/upload_desk.hpp"

#include <chrono>
#include <utility>

namespace athanor::api {

Awaitable<std::optional<Places::Token>> UploadDesk::enter() {
  co_return co_await places_.take(limits::upload_wait);
}

Awaitable<UploadDesk::Turn> UploadDesk::turn(Uuid dataset) {
  constexpr std::chrono::milliseconds patience = std::chrono::hours(24);
  const auto queue = queue_of(dataset);
  for (;;) {
    auto token = co_await queue->take(patience);
    if (token) {
      co_return Turn{queue, std::move(*token)};
    }
  }
}

std::shared_ptr<Places> UploadDesk::queue_of(Uuid dataset) {
  const std::lock_guard lock(mutex_);
  std::erase_if(queues_, [](const auto& entry) { return entry.second.expired(); });
  auto queue = queues_[dataset].lock();
  if (!queue) {
    queue = std::make_shared<Places>(1);
    queues_[dataset] = queue;
  }
  return queue;
}

}  // namespace athanor::api
