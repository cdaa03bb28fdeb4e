#include "athanor/http/event_text.hpp"

namespace athanor::http {

namespace {

void append_line(std::string& text, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    text.append(name).append(": ").append(value).push_back('\n');
  }
}

}  // namespace

std::string event_text(std::string_view id, std::string_view type, std::string_view data) {
  std::string text;
  text.reserve(id.size() + type.size() + data.size() + 32);
  append_line(text, "id", id);
  append_line(text, "event", type);
  while (true) {
    const auto line_end = data.find_first_of("\r\n");
    text.append("data: ").append(data.substr(0, line_end)).push_back('\n');
    if (line_end == std::string_view::npos) {
      break;
    }
    data.remove_prefix(line_end + (data.substr(line_end).starts_with("\r\n") ? 2 : 1));
  }
  text.push_back('\n');
  return text;
}

std::string shutdown_event() {
  return event_text("", "shutdown", "the server stops; connect again with the last event's id");
}

}  // namespace athanor::http
