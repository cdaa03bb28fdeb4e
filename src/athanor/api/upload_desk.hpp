#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "athanor/async/blocking_pool.hpp"
#include "athanor/async/places.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::api {

/// Where uploads queue. Each holds one of limits::uploads_at_once places, with a thread of its
/// own that unpacks while bytes arrive, so that slow uploads take no thread from other requests.
/// Uploads to one dataset unpack side by side and put their data in force in turn; who holds the
/// turn waits for the disk alone, never for a client.
class UploadDesk {
 public:
  UploadDesk() : pool_(limits::uploads_at_once), places_(limits::uploads_at_once) {}

  /// Held by the one that may change the data of a dataset.
  struct Turn {
    std::shared_ptr<Places> queue;
    Places::Token token;
  };

  /// A place among all uploads; nullopt when none came free within limits::upload_wait.
  Awaitable<std::optional<Places::Token>> enter();

  /// Waits for the turn to change the data of one dataset.
  Awaitable<Turn> turn(Uuid dataset);

  /// Threads for those that entered.
  [[nodiscard]] BlockingPool& pool() { return pool_; }

  /// Lets go the threads that wait for bytes of clients, whose connections are closed by now: the
  /// end of the pool waits for all threads.
  void stop() { stopping_.request_stop(); }

  /// What those that wait for bytes of clients heed.
  [[nodiscard]] std::stop_token stopping() const { return stopping_.get_token(); }

 private:
  std::shared_ptr<Places> queue_of(Uuid dataset);

  std::stop_source stopping_;
  BlockingPool pool_;
  Places places_;
  std::mutex mutex_;
  std::map<Uuid, std::weak_ptr<Places>> queues_;  ///< Of the datasets that have one now.
};

}  // namespace athanor::api
