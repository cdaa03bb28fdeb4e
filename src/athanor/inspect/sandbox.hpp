#pragma once

#include <chrono>
#include <cstdint>

#include "athanor/core/error.hpp"

/// Limits that a process puts on itself, for good, before it touches hostile files.
namespace athanor::inspect {

/// The lowest priority: others on the machine come first.
void become_idle();

/// The kernel kills it when its parent ends.
void end_with_parent();

/// Ends with its parent. No files can be written and no core; `memory_bytes` more of address
/// space than now; no sockets and no other programs (seccomp). Errors name what the kernel lacks.
[[nodiscard]] Status enter_sandbox(std::uint64_t memory_bytes);

/// As enter_sandbox(), but it may write files of up to `file_bytes`.
[[nodiscard]] Status confine(std::uint64_t memory_bytes, std::uint64_t file_bytes);

/// From now on, this much processor time; the process is killed then (SIGXCPU).
[[nodiscard]] Status allow_processor_time(std::chrono::seconds time);

}  // namespace athanor::inspect
