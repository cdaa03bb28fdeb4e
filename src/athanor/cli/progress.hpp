#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace athanor::cli {

/// One moment of a long task.
struct ProgressState {
  std::string label;               ///< "train"
  std::optional<double> fraction;  ///< 0 to 1; unknown for uploads made on the fly.
  std::string details;             ///< "epoch 3/5  loss 0.41"
};

/// "train     [########------------]  40 %  epoch 2/5", cut to `columns`; without a fraction the
/// bar is left out.
[[nodiscard]] std::string render(const ProgressState& state, std::size_t columns);

/// "12.3 MB": decimal units, three digits.
[[nodiscard]] std::string format_bytes(double bytes);

/// Shows a task on one terminal line, redrawn ten times a second at most. Elsewhere (pipes, logs)
/// it writes a plain line when the label or the `milestone` changes.
class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;
  using Sink = std::function<void(std::string_view)>;

  struct Style {
    bool terminal = false;
    std::size_t columns = 80;
  };

  ProgressLine(Sink sink, Style style);
  ~ProgressLine();

  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// On standard error, as wide as its terminal.
  [[nodiscard]] static ProgressLine on_stderr();

  /// `milestone` numbers what is worth a plain line, such as completed epochs.
  void update(const ProgressState& state, long milestone, Clock::time_point now = Clock::now());

  /// Replaces the bar by a last line that stays.
  void finish(std::string_view line);

 private:
  void erase();

  Sink sink_;
  Style style_;
  std::optional<Clock::time_point> drawn_at_;
  std::string last_label_;
  long last_milestone_ = -1;
  bool line_open_ = false;
};

}  // namespace athanor::cli
