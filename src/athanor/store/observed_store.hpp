#pragma once

#include <functional>
#include <memory>

#include "athanor/store/store.hpp"

namespace athanor::store {

/// What a change was about.
enum class JobChange { state, result };

/// Called after a job's change is durable, on the thread that made it; the job may have changed
/// again by then.
using JobListener = std::function<void(Uuid job, JobChange change)>;

/// The same store, which tells of every change to a job, so that nobody who makes one can forget
/// to. Removals are not told of.
[[nodiscard]] std::unique_ptr<Store> observe(std::unique_ptr<Store> store, JobListener listener);

}  // namespace athanor::store
