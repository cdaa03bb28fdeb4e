#include "athanor/core/clock.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <ctime>

#include <fmt/format.h>

namespace athanor {

std::string to_iso(TimePoint time) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}",
                     utc.tm_year + 1900,
                     utc.tm_mon + 1,
                     utc.tm_mday,
                     utc.tm_hour,
                     utc.tm_min,
                     utc.tm_sec,
                     micros % 1'000'000);
}

std::optional<TimePoint> parse_iso(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00.000000";
  const auto fits = [](char digit, char place) {
    return place == '0' ? digit >= '0' && digit <= '9' : digit == place;
  };
  if (!std::equal(text.begin(), text.end(), shape.begin(), shape.end(), fits)) {
    return std::nullopt;
  }
  const auto number = [text](std::size_t place, std::size_t digits) {
    int value = 0;
    std::from_chars(text.data() + place, text.data() + place + digits, value);
    return value;
  };
  std::tm utc{};
  utc.tm_year = number(0, 4) - 1900;
  utc.tm_mon = number(5, 2) - 1;
  utc.tm_mday = number(8, 2);
  utc.tm_hour = number(11, 2);
  utc.tm_min = number(14, 2);
  utc.tm_sec = number(17, 2);
  using Micros = std::chrono::microseconds;
  const Micros time = std::chrono::seconds(timegm(&utc)) + Micros(number(20, 6));
  const auto whole_micros = [](TimePoint limit) {
    return std::chrono::duration_cast<Micros>(limit.time_since_epoch());
  };
  if (time < whole_micros(TimePoint::min()) || time > whole_micros(TimePoint::max())) {
    return std::nullopt;
  }
  // A day that the calendar lacks comes out as another one.
  return to_iso(TimePoint(time)) == text ? std::optional(TimePoint(time)) : std::nullopt;
}

std::string now_iso() {
  return to_iso(std::chrono::system_clock::now());
}

std::string to_timedelta(std::chrono::duration<double> duration) {
  const auto total = static_cast<std::int64_t>(std::llround(duration.count() * 1e6));
  const auto micros = total % 1'000'000;
  const auto seconds = total / 1'000'000;
  const auto days = seconds / 86400;
  std::string text;
  if (days != 0) {
    text = fmt::format("{} day{}, ", days, days == 1 ? "" : "s");
  }
  text += fmt::format("{}:{:02}:{:02}", seconds % 86400 / 3600, seconds % 3600 / 60, seconds % 60);
  if (micros != 0) {
    text += fmt::format(".{:06}", micros);
  }
  return text;
}

}  // namespace athanor
