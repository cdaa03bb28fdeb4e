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

/// Ends with its parent. `memory_bytes` more of address space than now, and no core. By seccomp: no
/// sockets, no other programs and not their memory, no io_uring, no calls of another ABI or that
/// are newer than this filter; files can be read, and neither changed, made, renamed nor removed.
/// Errors name what the kernel lacks.
[[nodiscard]] Status enter_sandbox(std::uint64_t memory_bytes);

/// As enter_sandbox(), but it may change files, and write them up to `file_bytes`.
[[nodiscard]] Status confine(std::uint64_t memory_bytes, std::uint64_t file_bytes);

/// From now on, this much processor time; the process is killed then (SIGXCPU).
[[nodiscard]] Status allow_processor_time(std::chrono::seconds time);

}  // namespace athanor::inspect
