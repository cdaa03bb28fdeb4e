#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::cli {

struct ServerEvent {
  std::string type = "message";
  std::string data;
};

/// Puts server-sent events together from bytes as they come (HTML standard, section 9.2.6).
class EventReader {
 public:
  /// Called for each event; false ends the reading.
  using Sink = std::function<bool(const ServerEvent& event)>;

  explicit EventReader(Sink sink) : sink_(std::move(sink)) {}

  /// Whether more is wanted. Errors: too_large for a line or an event beyond all reason.
  [[nodiscard]] Result<bool> take(std::string_view bytes);

  /// Of the last event that had one; empty before.
  [[nodiscard]] const std::string& last_event_id() const { return last_event_id_; }

 private:
  bool take_line(std::string_view line);
  void take_field(std::string_view name, std::string_view value);
  bool dispatch();

  Sink sink_;
  std::string line_;
  bool after_carriage_return_ = false;
  ServerEvent event_;
  bool has_data_ = false;
  std::string id_;
  std::string last_event_id_;
};

}  // namespace athanor::cli
