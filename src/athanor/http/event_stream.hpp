#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "athanor/core/limits.hpp"
#include "athanor/http/message.hpp"

namespace athanor::http {

struct EventHubOptions {
  std::chrono::milliseconds heartbeat = std::chrono::seconds(15);
  std::size_t replay = limits::event_replay;
  std::size_t queue_bytes = limits::event_queue_bytes;
  std::size_t clients = limits::event_clients;
};

/// Fans server-sent events out to clients (HTML standard, section 9.2). An event belongs to a
/// topic ("job/7f3a..."), a client follows one topic. Thread-safe.
///
/// Ids grow from event to event and across restarts. A client that comes back with its
/// Last-Event-ID gets what it missed; where that is no longer kept, it first gets an event
/// "reset", upon which it should read the state anew.
class EventHub {
 public:
  explicit EventHub(EventHubOptions options = {});
  ~EventHub();

  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// `type` has no line ends; `data` may have several lines. Clients whose unsent events exceed
  /// the limit are dropped.
  void publish(std::string_view topic, std::string_view type, std::string_view data);

  /// A reply that follows `topic`; `last_event_id` is the request's header. Errors: unavailable
  /// when there are too many clients or the hub is closed.
  [[nodiscard]] Result<Response> subscribe(std::string topic,
                                           std::optional<std::string_view> last_event_id);

  /// Ends all streams once their clients have got what is queued; for the server's stop.
  void close();

  [[nodiscard]] std::size_t clients() const;

 private:
  class Subscriber;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace athanor::http
