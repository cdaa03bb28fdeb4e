#include "athanor/cli/progress.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace athanor::cli {

namespace {

constexpr std::size_t bar_width = 24;
constexpr std::chrono::milliseconds redraw_interval{100};

std::string bar(double fraction) {
  const double bounded = std::clamp(fraction, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(std::floor(bounded * bar_width));
  return fmt::format(
      "[{:#<{}}{:-<{}}] {:3.0f} %", "", filled, "", bar_width - filled, std::floor(bounded * 100));
}

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return ProgressLine::Style{}.columns;
}

}  // namespace

std::string render(const ProgressState& state, std::size_t columns) {
  std::string line = fmt::format("{:<10}", state.label);
  if (state.fraction) {
    line += bar(*state.fraction) + "  ";
  }
  line += state.details;
  return line.substr(0, columns);
}

std::string format_bytes(double bytes) {
  constexpr std::array units = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  return fmt::format("{:.3g} {}", bytes, units.at(unit));
}

ProgressLine::ProgressLine(Sink sink, Style style) : sink_(std::move(sink)), style_(style) {}

ProgressLine::~ProgressLine() {
  erase();
}

ProgressLine ProgressLine::on_stderr() {
  auto sink = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  };
  return ProgressLine(sink, Style{isatty(STDERR_FILENO) == 1, terminal_columns()});
}

void ProgressLine::update(const ProgressState& state, long milestone, Clock::time_point now) {
  if (style_.terminal) {
    if (!drawn_at_ || now - *drawn_at_ >= redraw_interval) {
      // The last column stays free: a full line would wrap and could not be redrawn.
      sink_("\r\x1b[K" + render(state, style_.columns - 1));
      drawn_at_ = now;
      line_open_ = true;
    }
    return;
  }
  if (state.label != last_label_ || milestone != last_milestone_) {
    sink_(fmt::format("{}: {}\n", state.label, state.details));
    last_label_ = state.label;
    last_milestone_ = milestone;
  }
}

void ProgressLine::finish(std::string_view line) {
  erase();
  sink_(fmt::format("{}\n", line));
}

void ProgressLine::erase() {
  if (std::exchange(line_open_, false)) {
    sink_("\r\x1b[K");
  }
}

}  // namespace athanor::cli
