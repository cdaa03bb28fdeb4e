#pragma once

#include <string>
#include <vector>

#include "athanor/contract/job_request.hpp"

namespace athanor::engine {

/// Tells datasets apart without reading all of them: BLAKE2b over the paths below their roots and
/// the sizes of all files, and over the content of those with labels (.csv .json .txt .xml .yaml).
/// Neither ids nor places count, so that a copy has the same. Empty without datasets. Throws
/// std::runtime_error where a file cannot be read.
[[nodiscard]] std::string data_digest(const std::vector<contract::DatasetInput>& datasets);

}  // namespace athanor::engine
