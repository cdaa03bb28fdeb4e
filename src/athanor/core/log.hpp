#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "athanor/core/json.hpp"

/// Structured logging: one JSON object per line on stderr. Only log.cpp knows spdlog.
/// Never pass secrets; wrap them in Secret<T>, which has no formatter.
namespace athanor::log {

enum class Level { debug, info, warning, error };

/// "debug", "info", "warning" or "error"; nullopt for anything else.
[[nodiscard]] std::optional<Level> parse_level(std::string_view name);

/// Fields that lines get from where they are written, such as the id of the request.
using Context = std::shared_ptr<const Json>;

/// Gives every line that this thread writes while it lives the fields of `context` instead of
/// those before; null gives none.
class Scope {
 public:
  explicit Scope(Context context);
  ~Scope();

  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Context before_;
};

/// Of the innermost scope of this thread; null without one.
[[nodiscard]] Context current_context();

/// Lines below this level are dropped. Thread-safe.
void set_level(Level level);

/// `fields` is an object merged into the line: {"job_id": "...", "request_id": "..."}.
void write(Level level,
           std::string_view module,
           std::string_view message,
           const Json& fields = Json::object());

inline void debug(std::string_view module,
                  std::string_view message,
                  const Json& fields = Json::object()) {
  write(Level::debug, module, message, fields);
}

inline void info(std::string_view module,
                 std::string_view message,
                 const Json& fields = Json::object()) {
  write(Level::info, module, message, fields);
}

inline void warning(std::string_view module,
                    std::string_view message,
                    const Json& fields = Json::object()) {
  write(Level::warning, module, message, fields);
}

inline void error(std::string_view module,
                  std::string_view message,
                  const Json& fields = Json::object()) {
  write(Level::error, module, message, fields);
}

}  // namespace athanor::log
