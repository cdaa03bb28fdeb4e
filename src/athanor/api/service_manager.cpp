#include "athanor/api/service_manager.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

#include "athanor/core/files.hpp"

namespace athanor::api {

Status notify_service_manager(std::string_view state) {
  const char* name =
      std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): never set here.
  if (name == nullptr) {
    return {};
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(name);
  if (length == 0 || length >= sizeof(address.sun_path) || (name[0] != '/' && name[0] != '@')) {
    return fail(ErrorCode::invalid_argument, "$NOTIFY_SOCKET names no socket");
  }
  std::memcpy(address.sun_path, name, length);
  if (name[0] == '@') {
    address.sun_path[0] = '\0';  // A name in the abstract namespace.
  }
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  if (!socket.valid() || ::sendto(socket.get(),
                                  state.data(),
                                  state.size(),
                                  MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&address),
                                  size) < 0) {
    return fail(system_error("cannot reach the service manager", errno));
  }
  return {};
}

}  // namespace athanor::api
