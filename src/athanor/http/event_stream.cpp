#include "athanor/http/event_stream.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

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

/// One client's queue. Filled from any thread, drained on the client's strand.
class EventHub::Subscriber {
 public:
  Subscriber(std::chrono::milliseconds heartbeat, std::size_t queue_bytes)
      : heartbeat_(heartbeat), queue_bytes_(queue_bytes) {}

  /// False when it does not fit.
  bool try_push(const EventText& event) {
    return queue_.with([&](Queue& queue) {
      if (queue.dropped || queue.ended || queue.bytes + event->size() > queue_bytes_) {
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
      timer->expires_after(heartbeat_);
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

  std::chrono::milliseconds heartbeat_;
  std::size_t queue_bytes_;
  Guarded<Queue> queue_;
};

struct EventHub::State {
  using Followers = std::vector<std::weak_ptr<Subscriber>>;

  struct Shared {
    std::unordered_map<std::string, Followers> topics;
    bool closed = false;
  };

  explicit State(EventHubOptions wanted) : options(wanted) {}

  /// Calls `visit` with every follower that is still there and forgets the others.
  template <class Visit>
  static void for_each(Followers& followers, const Visit& visit) {
    std::erase_if(followers, [&visit](const std::weak_ptr<Subscriber>& weak) {
      const auto subscriber = weak.lock();
      if (subscriber) {
        visit(*subscriber);
      }
      return !subscriber;
    });
  }

  const EventHubOptions options;
  Guarded<Shared> shared;
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
      State::for_each(found->second, [&event](Subscriber& follower) { follower.push(event); });
      if (found->second.empty()) {
        shared.topics.erase(found);
      }
    }
  });
}

void EventHub::end(const std::string& topic) {
  state_->shared.with([&](State::Shared& shared) {
    if (const auto found = shared.topics.find(topic); found != shared.topics.end()) {
      State::for_each(found->second, [](Subscriber& follower) { follower.end(); });
      shared.topics.erase(found);
    }
  });
}

Result<EventHub::Subscription> EventHub::subscribe(const std::string& topic,
                                                   std::shared_ptr<void> seat) {
  auto subscriber =
      std::make_shared<Subscriber>(state_->options.heartbeat, state_->options.queue_bytes);
  const bool open = state_->shared.with([&](State::Shared& shared) {
    if (!shared.closed) {
      auto& followers = shared.topics[topic];
      if (followers.size() == followers.capacity()) {
        // Those that left a topic on which nothing is published must not pile up.
        State::for_each(followers, [](Subscriber&) {});
      }
      followers.push_back(subscriber);
    }
    return !shared.closed;
  });
  if (!open) {
    return fail(ErrorCode::unavailable, "the server is stopping");
  }
  return Subscription(std::move(subscriber), std::move(seat));
}

void EventHub::close() {
  const auto event = std::make_shared<const std::string>(shutdown_event());
  state_->shared.with([&](State::Shared& shared) {
    shared.closed = true;
    for (auto& [topic, followers] : shared.topics) {
      State::for_each(followers, [&event](Subscriber& follower) {
        follower.push(event);
        follower.end();
      });
    }
    shared.topics.clear();
  });
}

}  // namespace athanor::http
