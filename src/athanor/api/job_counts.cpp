#include "athanor/api/job_counts.hpp"

namespace athanor::api {

namespace {

constexpr int kept_times_as_long = 20;

}  // namespace

Result<JobCounts::Counts> JobCounts::get() {
  const std::lock_guard lock(mutex_);
  const Time begin = now_();
  if (begin >= kept_until_) {
    ATHANOR_TRY(kept_, count_());
    const Time end = now_();
    kept_until_ = end + kept_times_as_long * (end - begin);
  }
  return kept_;
}

}  // namespace athanor::api
