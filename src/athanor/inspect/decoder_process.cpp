#include "athanor/inspect/decoder_process.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <sys/wait.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "athanor/inspect/sandbox.hpp"

namespace athanor::inspect {

namespace {

constexpr int cannot_begin = 3;  ///< Exit code of a child without its limits.

static_assert(std::is_trivially_copyable_v<Decoded> && sizeof(Decoded) <= PIPE_BUF);

/// No exception may leave the child: it would run the parent's code a second time.
Decoded decode_safely(const Decoder& decoder, const std::filesystem::path& picture) noexcept {
  try {
    return decoder(picture);
  } catch (const std::bad_alloc&) {
    return {.outcome = Outcome::out_of_memory};
  } catch (...) {
    return {.outcome = Outcome::undecodable};
  }
}

/// The child's whole life. Everything it needs was made before the fork.
[[noreturn]] void decode_all(std::span<const std::filesystem::path> pictures,
                             const Decoder& decoder,
                             const DecoderLimits& limits,
                             int pipe) {
  if (!enter_sandbox(limits.memory_bytes)) {
    _exit(cannot_begin);
  }
  for (const auto& picture : pictures) {
    if (!allow_processor_time(limits.time)) {
      _exit(cannot_begin);
    }
    const Decoded decoded = decode_safely(decoder, picture);
    if (::write(pipe, &decoded, sizeof decoded) != sizeof decoded) {
      _exit(EXIT_FAILURE);
    }
  }
  _exit(EXIT_SUCCESS);
}

}  // namespace

Result<DecoderProcess> DecoderProcess::start(std::span<const std::filesystem::path> pictures,
                                             const Decoder& decoder,
                                             const DecoderLimits& limits) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(system_error("cannot make a pipe to the decoder", errno));
  }
  UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) {
    return fail(system_error("cannot start the decoder", errno));
  }
  if (pid == 0) {
    reading.reset();
    decode_all(pictures, decoder, limits, writing.get());
  }
  return DecoderProcess(pid, std::move(reading), limits.time);
}

DecoderProcess::DecoderProcess(pid_t pid, UniqueFd pipe, std::chrono::seconds time)
    : pid_(pid), pipe_(std::move(pipe)), time_(time) {}

DecoderProcess::DecoderProcess(DecoderProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pipe_(std::move(other.pipe_)),
      time_(other.time_),
      timed_out_(other.timed_out_) {}

DecoderProcess::~DecoderProcess() {
  reap();
}

std::optional<Decoded> DecoderProcess::next() {
  pollfd readable{pipe_.get(), POLLIN, 0};
  const auto patience = std::chrono::milliseconds(2 * time_);
  int ready = 0;
  do {
    ready = poll(&readable, 1, static_cast<int>(patience.count()));
  } while (ready < 0 && errno == EINTR);
  timed_out_ = ready == 0;
  Decoded decoded;
  // Writes of this size are whole or not at all.
  if (ready <= 0 || ::read(pipe_.get(), &decoded, sizeof decoded) != sizeof decoded) {
    return std::nullopt;
  }
  return decoded;
}

int DecoderProcess::reap() {
  int status = 0;
  if (pid_ > 0) {
    if (timed_out_ || waitpid(pid_, &status, WNOHANG) != pid_) {
      // After the pipe's end it is about to go by itself, with the code that tells why.
      pollfd ended{pipe_.get(), POLLIN, 0};
      const bool ends_itself = !timed_out_ && poll(&ended, 1, 0) == 1 && (ended.revents & POLLHUP);
      if (!ends_itself) {
        kill(pid_, SIGKILL);
      }
      while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
      }
    }
    pid_ = 0;
  }
  return status;
}

Result<std::string> DecoderProcess::collect() {
  const int status = reap();
  if (timed_out_ || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) {
    return fmt::format("it takes the decoder longer than {} s", time_.count());
  }
  if (WIFSIGNALED(status)) {
    return fmt::format("the decoder was killed by signal {}", WTERMSIG(status));
  }
  if (WEXITSTATUS(status) == cannot_begin) {
    return fail(ErrorCode::io, "the decoder could not limit itself and did not begin");
  }
  return fmt::format("the decoder ended with code {}", WEXITSTATUS(status));
}

}  // namespace athanor::inspect
