#include "athanor/http/event_stream.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "athanor/core/guarded.hpp"

namespace athanor::http {

namespace asio = boost::asio;

namespace {

/// Rendered once, shared by all queues.
using EventText = std::shared_ptr<const std::string>;

constexpr std::size_t stream_buffer_bytes = 4 * limits::kib;  ///< Clients are many.

std::string render(std::uint64_t id, std::string_view type, std::string_view data) {
  std::string text = fmt::format("id: {}\nevent: {}\n", id, type);
  while (true) {
    const auto line_end = data.find('\n');
    text.append("data: ").append(data.substr(0, line_end)).push_back('\n');
    if (line_end == std::string_view::npos) {
      break;
    }
    data.remove_prefix(line_end + 1);
  }
  text.push_back('\n');
  return text;
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return id;
}

/// Microseconds since 1970: later than all ids of the server's former life.
std::uint64_t first_id() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

/// One client's queue. Filled from any thread, drained on the client's strand.
class EventHub::Subscriber {
 public:
  Subscriber(std::chrono::milliseconds heartbeat, std::size_t queue_bytes)
      : heartbeat_(heartbeat), queue_bytes_(queue_bytes) {}

  void push(const EventText& event) {
    queue_.with([&](Queue& queue) {
      if (queue.bytes + event->size() > queue_bytes_) {
        queue.dropped = true;
        queue.events.clear();
      } else if (!queue.dropped) {
        queue.events.push_back(event);
        queue.bytes += event->size();
      }
      wake(queue);
    });
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
        constexpr std::string_view comment = ":\n\n";
        std::copy(comment.begin(), comment.end(), buffer.begin());
        co_return comment.size();
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
  struct Kept {
    std::uint64_t id = 0;
    std::string topic;
    EventText text;
  };

  struct Shared {
    std::deque<Kept> kept;
    std::uint64_t next_id = first_id();
    std::uint64_t lost_id = next_id - 1;  ///< The last one that is kept no longer.
    std::unordered_map<std::string, std::vector<std::weak_ptr<Subscriber>>> topics;
    bool closed = false;
  };

  explicit State(EventHubOptions wanted) : options(wanted) {}

  /// What a client that saw `seen` has missed.
  static void replay(const Shared& shared,
                     std::string_view topic,
                     std::uint64_t seen,
                     Subscriber& subscriber) {
    if (seen < shared.lost_id || seen >= shared.next_id) {
      subscriber.push(std::make_shared<const std::string>(
          render(shared.lost_id, "reset", "events before this one are not kept")));
    }
    for (const auto& event : shared.kept) {
      if (event.id > seen && event.topic == topic) {
        subscriber.push(event.text);
      }
    }
  }

  const EventHubOptions options;
  std::atomic<std::size_t> clients = 0;
  Guarded<Shared> shared;
};

EventHub::EventHub(EventHubOptions options) : state_(std::make_shared<State>(options)) {}

EventHub::~EventHub() {
  close();
}

void EventHub::publish(std::string_view topic, std::string_view type, std::string_view data) {
  state_->shared.with([&](State::Shared& shared) {
    const std::uint64_t id = shared.next_id++;
    const auto text = std::make_shared<const std::string>(render(id, type, data));
    shared.kept.push_back({id, std::string(topic), text});
    if (shared.kept.size() > state_->options.replay) {
      shared.lost_id = shared.kept.front().id;
      shared.kept.pop_front();
    }
    const auto found = shared.topics.find(std::string(topic));
    if (found == shared.topics.end()) {
      return;
    }
    std::erase_if(found->second, [&text](const std::weak_ptr<Subscriber>& weak) {
      const auto subscriber = weak.lock();
      if (subscriber) {
        subscriber->push(text);
      }
      return !subscriber;
    });
    if (found->second.empty()) {
      shared.topics.erase(found);
    }
  });
}

Result<Response> EventHub::subscribe(std::string topic,
                                     std::optional<std::string_view> last_event_id) {
  // The count goes down with the reply, wherever that ends.
  const std::shared_ptr<void> seat(nullptr, [state = state_](void*) { --state->clients; });
  if (++state_->clients > state_->options.clients) {
    return fail(ErrorCode::unavailable, "too many event streams are open; try again later");
  }
  const auto subscriber =
      std::make_shared<Subscriber>(state_->options.heartbeat, state_->options.queue_bytes);
  const bool open = state_->shared.with([&](State::Shared& shared) {
    if (!shared.closed && last_event_id) {
      State::replay(shared, topic, parse_id(*last_event_id).value_or(0), *subscriber);
    }
    if (!shared.closed) {
      shared.topics[std::move(topic)].push_back(subscriber);
    }
    return !shared.closed;
  });
  if (!open) {
    return fail(ErrorCode::unavailable, "the server is stopping");
  }
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.body =
      StreamBody{[subscriber, seat](std::span<char> buffer) { return subscriber->next(buffer); },
                 stream_buffer_bytes};
  return response;
}

void EventHub::close() {
  state_->shared.with([](State::Shared& shared) {
    shared.closed = true;
    for (const auto& [topic, subscribers] : shared.topics) {
      for (const auto& weak : subscribers) {
        if (const auto subscriber = weak.lock()) {
          subscriber->end();
        }
      }
    }
    shared.topics.clear();
  });
}

std::size_t EventHub::clients() const {
  return state_->clients;
}

}  // namespace athanor::http
