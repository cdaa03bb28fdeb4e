#include "athanor/contract/job_keys.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "athanor/core/json.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::contract {

namespace {

/// Far more than keys take (limits::encryption_key_bytes), and what a pipe holds by default.
constexpr std::size_t pipe_bytes = 64 * limits::kib;

auto no_keys() {
  return fail(ErrorCode::not_found, "nobody has handed over the encryption keys");
}

Result<std::string> read_without_waiting(int fd) {
  struct stat info {};

  if (::fstat(fd, &info) != 0 || !S_ISFIFO(info.st_mode)) {
    return no_keys();
  }
  std::string text(pipe_bytes, '\0');
  std::size_t size = 0;
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, 0) != 1) {
      return no_keys();
    }
    const auto got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return no_keys();
    }
    if (got == 0) {
      ::close(fd);
      text.resize(size);
      return text;
    }
    size += static_cast<std::size_t>(got);
  }
}

}  // namespace

Result<UniqueFd> fill_keys_pipe(const JobKeys& keys) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    return fail(system_error("cannot make a pipe", errno));
  }
  const UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  const auto text = to_text({{"own", keys.own.expose()}, {"parent", keys.parent.expose()}});
  if (const auto written = write_all(writing.get(), text); !written) {
    return fail(written.error().within("the encryption keys"));
  }
  UniqueFd moved(::fcntl(reading.get(), F_DUPFD_CLOEXEC, job_keys_fd + 1));
  if (!moved.valid()) {
    return fail(system_error("cannot make a pipe", errno));
  }
  return moved;
}

Result<JobKeys> take_keys(int fd) {
  ATHANOR_TRY(const auto text, read_without_waiting(fd));
  const auto json = parse_json(text);
  if (!json || !json->is_object()) {
    return no_keys();
  }
  JobKeys keys;
  for (const auto& [name, key] : {std::pair{"own", &keys.own}, std::pair{"parent", &keys.parent}}) {
    const auto found = json->find(name);
    if (found == json->end() || !found->is_string()) {
      return no_keys();
    }
    *key = Secret(found->get<std::string>());
  }
  return keys;
}

}  // namespace athanor::contract
