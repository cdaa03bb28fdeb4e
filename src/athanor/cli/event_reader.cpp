#include "athanor/cli/event_reader.hpp"

#include <utility>

#include "athanor/core/limits.hpp"

namespace athanor::cli {

namespace {

/// The server's events are smaller than its queue for a client.
constexpr std::size_t max_event_bytes = 4 * limits::event_queue_bytes;

}  // namespace

Result<bool> EventReader::take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (std::exchange(after_carriage_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (line_.size() + event_.data.size() > max_event_bytes) {
      return fail(ErrorCode::too_large, "the server sent an event that has no end");
    }
    if (end == std::string_view::npos) {
      return true;
    }
    after_carriage_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (!take_line(std::exchange(line_, ""))) {
      return false;
    }
  }
  return true;
}

bool EventReader::take_line(std::string_view line) {
  if (line.empty()) {
    return dispatch();
  }
  const auto colon = line.find(':');
  auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  take_field(line.substr(0, colon), value);
  return true;
}

void EventReader::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    event_.data.append(has_data_ ? "\n" : "").append(value);
    has_data_ = true;
  } else if (name == "event") {
    event_.type = value.empty() ? "message" : value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
}

bool EventReader::dispatch() {
  last_event_id_ = id_;
  const auto event = std::exchange(event_, {});
  return !std::exchange(has_data_, false) || sink_(event);
}

}  // namespace athanor::cli
