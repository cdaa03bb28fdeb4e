#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "athanor/cli/context.hpp"

namespace athanor::cli {

struct DecryptOptions {
  std::string file;  ///< On disk; with `job`, the name of one of its artifacts.
  std::filesystem::path output;
  std::filesystem::path key_file;  ///< Empty: the key is asked for on the terminal.
  std::optional<std::string> job;
  std::optional<std::string> model;  ///< Whose job it is; looked for if not given.
};

/// `athanor model decrypt`: weights of a job in the clear. Without `job` it needs no server. With
/// it, the key is that of the model's record unless a file is named.
[[nodiscard]] Result<ExitCode> model_decrypt(Context& context, const DecryptOptions& options);

}  // namespace athanor::cli
