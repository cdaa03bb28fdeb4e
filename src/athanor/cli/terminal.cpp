#include "athanor/cli/terminal.hpp"

#include <cerrno>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/core/files.hpp"

namespace athanor::cli {

namespace {

/// A terminal that shows nothing of what is typed, nor ends the program for it: who ended it would
/// be left with a terminal that stays silent.
class SilentTerminal {
 public:
  explicit SilentTerminal(int fd) : fd_(fd), is_silent_(::tcgetattr(fd, &former_) == 0) {
    termios silent = former_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    is_silent_ = is_silent_ && ::tcsetattr(fd, TCSAFLUSH, &silent) == 0;
  }

  ~SilentTerminal() {
    if (is_silent_) {
      ::tcsetattr(fd_, TCSAFLUSH, &former_);
    }
  }

  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  [[nodiscard]] bool is_silent() const { return is_silent_; }

 private:
  int fd_;
  termios former_{};
  bool is_silent_;
};

/// A terminal gives a line at a time.
Result<std::string> read_line(int fd) {
  std::string line;
  char c = 0;
  for (ssize_t got = ::read(fd, &c, 1); got != 0 && c != '\n'; got = ::read(fd, &c, 1)) {
    if (got < 0 && errno != EINTR) {
      return fail(system_error("cannot read from the terminal", errno));
    }
    if (got > 0) {
      line.push_back(c);
    }
  }
  return line;
}

}  // namespace

Result<Secret<std::string>> ask_secret(std::string_view what) {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal.valid()) {
    return fail(ErrorCode::unavailable,
                "there is no terminal to ask for the key; name a --key-file");
  }
  const SilentTerminal silent(terminal.get());
  if (!silent.is_silent()) {
    return fail(ErrorCode::unavailable, "the terminal cannot hide the key; name a --key-file");
  }
  ATHANOR_CHECK_OK(write_all(terminal.get(), fmt::format("{}: ", what)));
  ATHANOR_TRY(auto line, read_line(terminal.get()));
  ATHANOR_CHECK_OK(write_all(terminal.get(), "\n"));
  return Secret(std::move(line));
}

}  // namespace athanor::cli
