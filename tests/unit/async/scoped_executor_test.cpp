#include "athanor/async/scoped_executor.hpp"

#include "support/run_coroutine.hpp"
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "athanor/async/blocking_pool.hpp"
#include "athanor/async/task.hpp"

namespace athanor {
namespace {

namespace asio = boost::asio;
using testing::run_coroutine;

log::Context context_with(const char* id) {
  return std::make_shared<const Json>(Json{{"request_id", id}});
}

std::string current_id() {
  const auto context = log::current_context();
  return context ? context->at("request_id").get<std::string>() : "none";
}

/// The ids that a task sees before and after it was suspended, in the pool and on another strand.
Awaitable<std::string> ids_along_the_way(BlockingPool& pool) {
  std::string seen = current_id();
  co_await asio::post(asio::use_awaitable);
  seen += " " + current_id();
  const std::string in_pool = co_await pool.run([] { return current_id(); });
  seen += " " + in_pool + " " + current_id();
  const IoExecutor here = co_await asio::this_coro::executor;
  const auto strand = make_strand(here);
  auto elsewhere = []() -> Awaitable<std::string> {
    co_await asio::post(asio::use_awaitable);
    co_return current_id();
  };
  const std::string on_strand = co_await run_on(strand, elsewhere());
  co_return seen + " " + on_strand;
}

Awaitable<std::string> in_context(const char* id, BlockingPool& pool) {
  const IoExecutor here = co_await asio::this_coro::executor;
  const IoExecutor scoped = ScopedExecutor(make_strand(here), context_with(id));
  const std::string seen =
      co_await asio::co_spawn(scoped, ids_along_the_way(pool), asio::use_awaitable);
  // The caller goes on inside of what ended the task; its own suspension leaves that.
  co_await asio::post(asio::use_awaitable);
  co_return seen + " " + current_id();
}

TEST(ScopedExecutor, ItsContextFollowsACoroutineEverywhereAndNoFurther) {
  BlockingPool pool(1);

  EXPECT_EQ(run_coroutine(in_context("a", pool)), "a a a a a none");
}

TEST(ScopedExecutor, WithoutContextTheExecutorStaysAsItIs) {
  asio::io_context io;
  const IoExecutor executor = io.get_executor();

  EXPECT_EQ(in_current_context(executor), executor);
}

TEST(LogScope, GivesTheFormerContextBack) {
  const log::Scope outer(context_with("outer"));
  {
    const log::Scope inner(context_with("inner"));
    EXPECT_EQ(current_id(), "inner");
  }
  EXPECT_EQ(current_id(), "outer");
}

}  // namespace
}  // namespace athanor
