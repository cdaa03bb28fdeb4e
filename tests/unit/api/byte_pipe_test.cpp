#include "athanor/api/byte_pipe.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace athanor::api {
namespace {

/// Sends `count` pieces of one letter each; the memory that they came in.
Awaitable<std::set<const char*>> send(BytePipe& pipe, int count) {
  std::set<const char*> memory;
  for (int i = 0; i < count; ++i) {
    auto piece = pipe.spare_piece();
    memory.insert(piece.bytes.get());
    piece.size = 1 + static_cast<std::size_t>(i % 5);
    std::fill_n(piece.bytes.get(), piece.size, static_cast<char>('a' + i % 26));
    const bool taken = co_await pipe.push(std::move(piece));
    if (!taken) {
      break;
    }
  }
  pipe.close();
  co_return memory;
}

std::string sent_text(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text.append(1 + static_cast<std::size_t>(i % 5), static_cast<char>('a' + i % 26));
  }
  return text;
}

std::string read_all(BytePipe& pipe) {
  std::string text;
  std::array<char, 3> buffer;
  for (;;) {
    const auto count = pipe.read(buffer);
    if (!count || *count == 0) {
      return text;
    }
    text.append(buffer.data(), *count);
  }
}

class BytePipeTest : public ::testing::Test {
 protected:
  /// Sends on this thread while `read` runs on another; the memory that the pieces came in.
  template <class F>
  std::set<const char*> send_while(int count, F read) {
    const std::jthread reader(read);
    auto memory = boost::asio::co_spawn(io_, send(pipe_, count), boost::asio::use_future);
    io_.run();
    return memory.get();
  }

  boost::asio::io_context io_;
  std::stop_source stopping_;
  BytePipe pipe_{io_.get_executor(), stopping_.get_token()};
};

TEST_F(BytePipeTest, BytesComeInOrderAndInMemoryThatIsUsedAgain) {
  constexpr int pieces = 1000;
  std::string received;
  const auto memory = send_while(pieces, [&] { received = read_all(pipe_); });

  EXPECT_EQ(received, sent_text(pieces));
  EXPECT_LT(memory.size(), 10U);
}

TEST_F(BytePipeTest, ASenderEndsWithItsReader) {
  const auto memory = send_while(1'000'000, [&] {
    std::array<char, 3> buffer;
    EXPECT_TRUE(pipe_.read(buffer));
    pipe_.abandon();
  });

  EXPECT_LT(memory.size(), 10U);
}

TEST_F(BytePipeTest, AnErrorOfTheSenderIsReadInsteadOfTheEnd) {
  pipe_.close(Error{ErrorCode::io, "broken"});

  std::array<char, 3> buffer;
  const auto read = pipe_.read(buffer);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "broken");
}

TEST_F(BytePipeTest, AReaderWhoseSenderNeverGoesOnEndsWithTheServer) {
  const std::jthread stopper([this] { stopping_.request_stop(); });

  std::array<char, 3> buffer;
  const auto read = pipe_.read(buffer);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::unavailable);
}

TEST_F(BytePipeTest, WhatIsThereIsNotReadByAServerThatStops) {
  auto sent = boost::asio::co_spawn(io_, send(pipe_, 2), boost::asio::use_future);
  io_.run();
  stopping_.request_stop();

  std::array<char, 3> buffer;
  EXPECT_FALSE(pipe_.read(buffer));
  EXPECT_EQ(sent.get().size(), 2U);
}

}  // namespace
}  // namespace athanor::api
