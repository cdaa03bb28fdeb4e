#pragma once

#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/inspect/decoder_process.hpp"

namespace athanor::inspect {

/// Decodes every picture below `root` in processes of their own and writes what came of it to
/// `output`, whole: counts of channels, depths and sizes, and each picture that cannot be decoded.
/// A picture that kills the decoder costs itself alone: another one goes on behind it.
[[nodiscard]] Status inspect(const std::filesystem::path& root,
                             const std::filesystem::path& output,
                             const Decoder& decoder = decode,
                             const DecoderLimits& limits = {limits::decode_time,
                                                            limits::decode_memory_bytes});

}  // namespace athanor::inspect
