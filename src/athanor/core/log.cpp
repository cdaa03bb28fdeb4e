#include "athanor/core/log.hpp"

#include <utility>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "athanor/core/clock.hpp"

namespace athanor::log {

namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

Context& thread_context() {
  thread_local Context context;
  return context;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("athanor",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

}  // namespace

std::optional<Level> parse_level(std::string_view name) {
  for (const auto level : {Level::debug, Level::info, Level::warning, Level::error}) {
    if (name == name_of(level)) {
      return level;
    }
  }
  return std::nullopt;
}

Scope::Scope(Context context) : before_(std::exchange(thread_context(), std::move(context))) {}

Scope::~Scope() {
  thread_context() = std::move(before_);
}

Context current_context() {
  return thread_context();
}

void set_level(Level level) {
  logger().set_level(to_spdlog(level));
}

void write(Level level, std::string_view module, std::string_view message, const Json& fields) {
  if (!logger().should_log(to_spdlog(level))) {
    return;
  }
  const auto& context = thread_context();
  Json line = object_with_room_for(4 + (context ? context->size() : 0) + fields.size());
  append_member(line, "ts", now_iso());
  append_member(line, "level", name_of(level));
  append_member(line, "module", module);
  append_member(line, "msg", message);
  if (context) {
    line.update(*context);
  }
  line.update(fields);
  logger().log(to_spdlog(level), to_text(line));
}

}  // namespace athanor::log
