#include "athanor/api/service_manager.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::api {
namespace {

class ServiceManagerTest : public ::testing::Test {
 protected:
  ~ServiceManagerTest() override { unsetenv("NOTIFY_SOCKET"); }

  /// A socket of this name, in the abstract namespace where it begins with '@'.
  static UniqueFd listen_at(std::string name) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.front() == '@') {
      name.front() = '\0';
    }
    std::memcpy(address.sun_path, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    return socket;
  }

  static std::string received(const UniqueFd& socket) {
    std::array<char, 100> buffer;
    const ssize_t count = recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return count < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(count));
  }

  testing::TempDir folder_;
};

TEST_F(ServiceManagerTest, IsToldThroughASocketFile) {
  const auto socket = listen_at((folder_.path() / "notify").string());

  EXPECT_TRUE(notify_service_manager("READY=1"));

  EXPECT_EQ(received(socket), "READY=1");
}

TEST_F(ServiceManagerTest, IsToldThroughAnAbstractSocket) {
  const auto socket = listen_at("@athanor-test" + folder_.path().filename().string());

  EXPECT_TRUE(notify_service_manager("STOPPING=1"));

  EXPECT_EQ(received(socket), "STOPPING=1");
}

TEST_F(ServiceManagerTest, WithoutOneThereIsNothingToDo) {
  unsetenv("NOTIFY_SOCKET");

  EXPECT_TRUE(notify_service_manager("READY=1"));
}

TEST_F(ServiceManagerTest, WrongSocketsAreReported) {
  for (const auto& name : {std::string("relative"),
                           std::string("/nobody/listens"),
                           "/" + std::string(200, 'x'),
                           std::string()}) {
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_FALSE(notify_service_manager("READY=1")) << name;
  }
}

}  // namespace
}  // namespace athanor::api
