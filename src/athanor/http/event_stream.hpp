#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "athanor/core/limits.hpp"
#include "athanor/http/event_text.hpp"
#include "athanor/http/message.hpp"
#include "athanor/http/seats.hpp"

namespace athanor::http {

struct EventHubOptions {
  std::chrono::milliseconds heartbeat = limits::event_heartbeat;
  std::size_t queue_bytes = limits::event_queue_bytes;
};

/// The reply of an event stream: its fields, and a body with a buffer that suits many idle clients.
[[nodiscard]] Response event_response(
    std::function<Awaitable<Result<std::size_t>>(std::span<char> buffer)> next);

/// Fans server-sent events out to clients. An event belongs to some topics ("job/7f3a..."), a
/// client follows one. Nothing is kept for those who come later: they are brought up to date from
/// the database by whoever subscribes them. Thread-safe.
class EventHub {
 private:
  class Subscriber;

 public:
  /// A client that gets what is published from its creation on.
  class Subscription {
   public:
    Subscription(std::shared_ptr<Subscriber> subscriber, std::shared_ptr<void> seat);

    /// Queues a text for this client alone. False when it does not fit its queue.
    [[nodiscard]] bool send(std::string text);

    /// Ends the stream once the client has got what is queued.
    void end();

    [[nodiscard]] Response response() &&;

   private:
    std::shared_ptr<Subscriber> subscriber_;
    std::shared_ptr<void> seat_;
  };

  explicit EventHub(EventHubOptions options = {});
  ~EventHub();

  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// Sends a text made by event_text() to the followers of all topics. Clients whose unsent
  /// events exceed the limit are dropped.
  void publish(std::span<const std::string> topics, std::string text);

  /// Ends the streams of a topic once their clients have got what is queued.
  void end(const std::string& topic);

  /// Errors: unavailable when the hub is closed.
  [[nodiscard]] Result<Subscription> subscribe(const std::string& topic,
                                               std::shared_ptr<void> seat);

  /// Of topics that nobody follows, nothing is kept.
  [[nodiscard]] std::size_t followed_topics() const;

  /// Ends all streams with a "shutdown" event; for the server's stop.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace athanor::http
