#include "athanor/api/expiry_sweep.hpp"

#include <utility>

#include "athanor/async/event.hpp"
#include "athanor/async/task.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/datasets/partial_upload.hpp"

namespace athanor::api {

/// Used on its strand.
struct ExpirySweep::Implementation {
  Implementation(std::filesystem::path folder, const IoExecutor& io, BlockingPool& threads)
      : data_folder(std::move(folder)),
        strand(make_strand(io)),
        pool(threads),
        stopping(strand),
        ended(strand) {}

  std::filesystem::path data_folder;
  IoExecutor strand;
  BlockingPool& pool;
  Event stopping;
  Event ended;
};

ExpirySweep::ExpirySweep(std::filesystem::path data_folder,
                         const IoExecutor& io,
                         BlockingPool& pool)
    : implementation_(std::make_shared<Implementation>(std::move(data_folder), io, pool)) {}

ExpirySweep::~ExpirySweep() = default;

void ExpirySweep::start() {
  const auto sweep = [](std::shared_ptr<Implementation> self) -> Awaitable<void> {
    bool stopped = self->stopping.is_set();
    while (!stopped) {
      const auto removed = co_await self->pool.run(
          [&self] { return datasets::remove_expired_uploads(self->data_folder); });
      if (!removed) {
        log::warning("api", removed.error().message);
      }
      stopped = co_await self->stopping.wait_for(limits::upload_sweep);
    }
    self->ended.set();
  };
  spawn(implementation_->strand, "api", sweep(implementation_));
}

Awaitable<void> ExpirySweep::stop() {
  const auto stop = [](std::shared_ptr<Implementation> self) -> Awaitable<void> {
    self->stopping.set();
    co_await self->ended.wait();
  };
  co_await run_on(implementation_->strand, stop(implementation_));
}

}  // namespace athanor::api
