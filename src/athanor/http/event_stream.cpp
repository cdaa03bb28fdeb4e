#include "athanor/http/event_stream.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "athanor/core/guarded.hpp"

namespace athanor::http {

namespace asio = boost::asio;

namespace {

/// Rendered once, shared by all queues.
using EventText = std::shared_ptr<const std::string>;

constexpr std::size_t stream_buffer_bytes = 2 * limits::kib;  ///< Clients are many.

}  // namespace

struct EventHub::State {
  /// Who follows a topic; each takes itself out at its end, under the lock.
  using Followers = std::unordered_set<Subscriber*>;

  struct Shared {
    std::unordered_map<std::string, Followers> topics;  ///< Those that have followers.
    bool closed = false;
  };

  explicit State(EventHubOptions wanted) : options(wanted) {}

  /// False once the hub is closed.
  bool add(const std::string& topic, Subscriber& follower) {
    return shared.with([&](Shared& now) {
      if (!now.closed) {
        now.topics[topic].insert(&follower);
      }
      return !now.closed;
    });
  }

  void remove(const std::string& topic, Subscriber& follower) {
    shared.with([&](Shared& now) {
      const auto found = now.topics.find(topic);
      if (found == now.topics.end()) {
        return;  // The topic has ended.
      }
      found->second.erase(&follower);
      if (found->second.empty()) {
        now.topics.erase(found);
      }
    });
  }

  const EventHubOptions options;
  Guarded<Shared> shared;
};

/// One client's queue. Filled from any thread, drained on the client's strand.
class EventHub::Subscriber {
 public:
  Subscriber(std::shared_ptr<State> hub, std::string topic)
      : hub_(std::move(hub)), topic_(std::move(topic)) {}

  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  ~Subscriber() { hub_->remove(topic_, *this); }

  /// False once the hub is closed.
  bool join() { return hub_->add(topic_, *this); }

  /// False when it does not fit.
  bool try_push(const EventText& event) {
    return queue_.with([&](Queue& queue) {
      if (queue.dropped || queue.ended || queue.bytes + event->size() > hub_->options.queue_bytes) {
        return false;
      }
      queue.events.push_back(event);
      queue.bytes += event->size();
      wake(queue);
      return true;
    });
  }

  /// For what the client must not miss: one that has no room for it is dropped.
  void push(const EventText& event) {
    if (!try_push(event)) {
      queue_.with([](Queue& queue) {
        queue.dropped = !queue.ended;
        wake(queue);
      });
    }
  }

  void end() {
    queue_.with([](Queue& queue) {
      queue.ended = true;
      wake(queue);
    });
  }

  /// StreamBody::next: queued events, or a comment as heartbeat after a time of silence.
  Awaitable<Result<std::size_t>> next(std::span<char> buffer) {
    const auto executor = co_await asio::this_coro::executor;
    const auto timer = std::make_shared<asio::steady_timer>(executor);
    const Waiting waiting(*this);
    while (true) {
      ATHANOR_CO_TRY(const auto taken, take_or_await(buffer, timer));
      if (taken) {
        co_return *taken;
      }
      timer->expires_after(hub_->options.heartbeat);
      const auto [woken] = co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
      if (!woken) {
        std::copy(heartbeat_text.begin(), heartbeat_text.end(), buffer.begin());
        co_return heartbeat_text.size();
      }
    }
  }

 private:
  struct Queue {
    std::deque<EventText> events;
    std::size_t offset = 0;  ///< Of the first event: what was sent of it.
    std::size_t bytes = 0;
    bool dropped = false;
    bool ended = false;
    std::shared_ptr<asio::steady_timer> timer;  ///< Of the client's strand, while it waits.
  };

  /// Takes the timer out of the queue when the wait is over or its coroutine is destroyed.
  struct Waiting {
    explicit Waiting(Subscriber& owner) : subscriber(owner) {}

    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    ~Waiting() {
      subscriber.queue_.with([](Queue& queue) { queue.timer.reset(); });
    }

    Subscriber& subscriber;
  };

  /// The timer belongs to the client's strand, so it is cancelled there; by then the wait is under
  /// way even if it had not quite begun.
  static void wake(const Queue& queue) {
    if (queue.timer) {
      asio::post(queue.timer->get_executor(), [timer = queue.timer] { timer->cancel(); });
    }
  }

  /// Bytes copied, 0 at the end of the stream; nullopt if there is nothing yet, and then what
  /// comes next wakes `timer`.
  Result<std::optional<std::size_t>> take_or_await(
      std::span<char> buffer, const std::shared_ptr<asio::steady_timer>& timer) {
    return queue_.with([&](Queue& queue) -> Result<std::optional<std::size_t>> {
      if (queue.dropped) {
        return fail(ErrorCode::too_large, "an event client was too slow and is dropped");
      }
      std::size_t filled = 0;
      while (filled < buffer.size() && !queue.events.empty()) {
        const auto rest = std::string_view(*queue.events.front()).substr(queue.offset);
        const std::size_t count = std::min(rest.size(), buffer.size() - filled);
        std::memcpy(buffer.data() + filled, rest.data(), count);
        filled += count;
        queue.offset += count;
        queue.bytes -= count;
        if (count == rest.size()) {
          queue.events.pop_front();
          queue.offset = 0;
        }
      }
      if (filled > 0 || queue.ended) {
        return std::optional<std::size_t>(filled);
      }
      queue.timer = timer;
      return std::optional<std::size_t>();
    });
  }

  std::shared_ptr<State> hub_;
  std::string topic_;
  Guarded<Queue> queue_;
};

Response event_response(
    std::function<Awaitable<Result<std::size_t>>(std::span<char> buffer)> next) {
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.body = StreamBody{std::move(next), stream_buffer_bytes};
  return response;
}

EventHub::Subscription::Subscription(std::shared_ptr<Subscriber> subscriber,
                                     std::shared_ptr<void> seat)
    : subscriber_(std::move(subscriber)), seat_(std::move(seat)) {}

bool EventHub::Subscription::send(std::string text) {
  return subscriber_->try_push(std::make_shared<const std::string>(std::move(text)));
}

void EventHub::Subscription::end() {
  subscriber_->end();
}

Response EventHub::Subscription::response() && {
  return event_response([subscriber = std::move(subscriber_), seat = std::move(seat_)](
                            std::span<char> buffer) { return subscriber->next(buffer); });
}

EventHub::EventHub(EventHubOptions options) : state_(std::make_shared<State>(options)) {}

EventHub::~EventHub() {
  close();
}

void EventHub::publish(std::span<const std::string> topics, std::string text) {
  const auto event = std::make_shared<const std::string>(std::move(text));
  state_->shared.with([&](State::Shared& shared) {
    for (const auto& topic : topics) {
      const auto found = shared.topics.find(topic);
      if (found == shared.topics.end()) {
        continue;
      }
      for (Subscriber* follower : found->second) {
        follower->push(event);
      }
    }
  });
}

void EventHub::end(const std::string& topic) {
  state_->shared.with([&](State::Shared& shared) {
    if (const auto found = shared.topics.find(topic); found != shared.topics.end()) {
      for (Subscriber* follower : found->second) {
        follower->end();
      }
      shared.topics.erase(found);
    }
  });
}

Result<EventHub::Subscription> EventHub::subscribe(const std::string& topic,
                                                   std::shared_ptr<void> seat) {
  auto subscriber = std::make_shared<Subscriber>(state_, topic);
  if (!subscriber->join()) {
    return fail(ErrorCode::unavailable, "the server is stopping");
  }
  return Subscription(std::move(subscriber), std::move(seat));
}

std::size_t EventHub::followed_topics() const {
  return state_->shared.with([](const State::Shared& shared) { return shared.topics.size(); });
}

void EventHub::close() {
  const auto event = std::make_shared<const std::string>(shutdown_event());
  state_->shared.with([&](State::Shared& shared) {
    shared.closed = true;
    for (const auto& [topic, followers] : shared.topics) {
      for (Subscriber* follower : followers) {
        follower->push(event);
        follower->end();
      }
    }
    shared.topics.clear();
  });
}

}  // namespace athanor::http
