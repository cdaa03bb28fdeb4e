#pragma once

#include <span>
#include <string_view>

namespace athanor::jobs {

/// Where words show a cause: everybody's logs speak of training parameters, but only a shortage of
/// memory makes them speak of that.
enum class Shown { in_message, in_message_or_log };

/// A cause of failure, known by words.
struct FailureCause {
  std::string_view name;   ///< "memory_ran_out"
  std::string_view words;  ///< In lower case; compared without case.
  std::string_view what;
  std::string_view mend;
  Shown shown = Shown::in_message;
};

/// The first that fits counts, so the more special ones come first.
[[nodiscard]] std::span<const FailureCause> failure_causes();

}  // namespace athanor::jobs
