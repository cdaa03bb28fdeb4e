#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/datasets/findings.hpp"

namespace athanor::datasets {

/// What a look through an unpacked dataset found.
struct Survey {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t pictures = 0;
  Findings findings;
};

/// Looks through all files: sizes, the first and last bytes of pictures, labels line by line.
/// Nothing is decoded, memory stays flat but for a few bytes a file. invalid_argument when
/// nothing can be trained with the labels at all.
[[nodiscard]] Result<Survey> survey(const std::filesystem::path& root,
                                    const std::string& type,
                                    const std::string& format);

/// The survey as the report shows it: {"files", "bytes", "pictures", "counts", "faults"}.
[[nodiscard]] Json to_json(const Survey& survey);

/// "120 files, 100 of them pictures; 2 warnings, the first: images/a.jpg is empty"
[[nodiscard]] std::string summary_of(const Survey& survey);

}  // namespace athanor::datasets
