#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace athanor {

using TimePoint = std::chrono::system_clock::time_point;

/// UTC as "2023-05-01T12:34:56.123456": microseconds, no zone suffix (contract 1.5).
[[nodiscard]] std::string to_iso(TimePoint time);

/// Reads that form exactly; nullopt for anything else, and beyond what TimePoint holds (to 2262).
[[nodiscard]] std::optional<TimePoint> parse_iso(std::string_view text);

/// The present moment in that form.
[[nodiscard]] std::string now_iso();

/// Python's str(timedelta): "0:00:25.118000", "1 day, 2:03:04". Used by time_per_epoch and eta.
[[nodiscard]] std::string to_timedelta(std::chrono::duration<double> duration);

}  // namespace athanor
