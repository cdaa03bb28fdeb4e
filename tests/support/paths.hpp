#pragma once

#include <filesystem>

namespace athanor::testing {

/// The checkout that the tests were built from.
[[nodiscard]] std::filesystem::path source_folder();

/// Real datasets beside the checkout; tests that use them skip where the folder is absent.
[[nodiscard]] std::filesystem::path shared_data_folder();

}  // namespace athanor::testing
