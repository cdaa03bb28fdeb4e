#include "athanor/engine/allocation_course.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

namespace {

/// Hears of every allocation of the thread that torch makes or gives back.
class Recorder : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void* pointer,
                         std::int64_t size,
                         std::int64_t /*total_allocated*/,
                         std::int64_t /*total_reserved*/,
                         c10::Device /*device*/) override {
    if (size > 0) {
      live_.insert_or_assign(pointer, course_.sizes.size());
      course_.events.push_back({course_.sizes.size(), true});
      course_.sizes.push_back(size);
    } else if (const auto found = live_.find(pointer); found != live_.end()) {
      course_.events.push_back({found->second, false});
      live_.erase(found);
    }
  }

  [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }

  [[nodiscard]] AllocationCourse take() { return std::move(course_); }

 private:
  AllocationCourse course_;
  std::unordered_map<void*, std::size_t> live_;
};

/// Walks through two courses side by side. They differ where torch takes another path for more
/// samples, mostly by small blocks; past those they go on alike.
class Matcher {
 public:
  Matcher(const AllocationCourse& few, const AllocationCourse& more, double ratio)
      : few_(few), more_(more), ratio_(ratio), twins_(more.sizes.size()) {}

  std::optional<std::vector<std::optional<std::size_t>>> run() {
    Place place;
    while (place.few < few_.events.size() && place.more < more_.events.size()) {
      if (!agrees(place)) {
        const auto next = past_the_difference(place);
        if (!next) {
          return std::nullopt;
        }
        place = *next;
        continue;
      }
      if (const auto& event = more_.events[place.more]; event.is_taken) {
        twins_[event.block] = few_.events[place.few].block;
      }
      place = place.after(1, 1);
    }
    return std::move(twins_);
  }

 private:
  struct Place {
    std::size_t few = 0;
    std::size_t more = 0;

    [[nodiscard]] Place after(std::size_t in_few, std::size_t in_more) const {
      return {few + in_few, more + in_more};
    }
  };

  /// So many events in a row show that the two are at the same place again.
  static constexpr std::size_t proof = 8;
  static constexpr std::size_t longest_difference = 200;
  /// Bytes by which small blocks are rounded.
  static constexpr double slack = 4096;

  [[nodiscard]] bool agrees(Place place) const {
    const auto& few = few_.events[place.few];
    const auto& more = more_.events[place.more];
    if (few.is_taken != more.is_taken) {
      return false;
    }
    const auto small = static_cast<double>(few_.sizes[few.block]);
    const auto large = static_cast<double>(more_.sizes[more.block]);
    return !few.is_taken || (large >= small && large <= ratio_ * small + slack);
  }

  [[nodiscard]] bool goes_on_at(Place place) const {
    for (std::size_t i = 0; i < proof; ++i) {
      const bool few_ended = place.few + i >= few_.events.size();
      const bool more_ended = place.more + i >= more_.events.size();
      if (few_ended || more_ended) {
        return few_ended && more_ended;
      }
      if (!agrees(place.after(i, i))) {
        return false;
      }
    }
    return true;
  }

  /// The nearest place where both go on alike.
  [[nodiscard]] std::optional<Place> past_the_difference(Place place) const {
    for (std::size_t skipped = 1; skipped <= longest_difference; ++skipped) {
      for (std::size_t in_few = 0; in_few <= skipped; ++in_few) {
        const auto next = place.after(in_few, skipped - in_few);
        if (goes_on_at(next)) {
          return next;
        }
      }
    }
    return std::nullopt;
  }

  const AllocationCourse& few_;
  const AllocationCourse& more_;
  double ratio_;
  std::vector<std::optional<std::size_t>> twins_;
};

}  // namespace

std::int64_t AllocationCourse::peak() const {
  std::int64_t held = 0;
  std::int64_t most = 0;
  for (const auto& event : events) {
    held += event.is_taken ? sizes[event.block] : -sizes[event.block];
    most = std::max(most, held);
  }
  return most;
}

AllocationCourse record_allocations(const std::function<void()>& work) {
  const auto recorder = std::make_shared<Recorder>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, recorder);
  work();
  return recorder->take();
}

std::optional<std::vector<std::optional<std::size_t>>> match_blocks(const AllocationCourse& few,
                                                                    const AllocationCourse& more,
                                                                    double ratio) {
  return Matcher(few, more, ratio).run();
}

}  // namespace athanor::engine
