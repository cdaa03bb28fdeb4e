#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "athanor/cli/context.hpp"

/// `athanor pretrained ...`: weights that models can start from.
namespace athanor::cli {

struct PretrainedAddOptions {
  std::filesystem::path file;
  std::string network;
  std::string backbone;
  std::optional<std::string> name;  ///< That of the backbone if none.
};

struct PretrainedFetchOptions {
  std::string backbone;
  std::string mirror;  ///< Address of the folder that has torchvision's files.
  std::filesystem::path output = ".";
  bool json = false;
};

/// The id of the pretrained model that has this id or, as the only one of the network (of all if
/// none), this name.
[[nodiscard]] Result<std::string> pretrained_id(Client& client,
                                                const std::string& model,
                                                const std::optional<std::string>& network);

[[nodiscard]] Result<ExitCode> pretrained_add(Context& context,
                                              const PretrainedAddOptions& options);
[[nodiscard]] Result<ExitCode> pretrained_list(Context& context,
                                               const std::optional<std::string>& network);
/// By id or name.
[[nodiscard]] Result<ExitCode> pretrained_show(Context& context, const std::string& model);
[[nodiscard]] Result<ExitCode> pretrained_remove(Context& context, const std::string& model);

/// Downloads torchvision's own file; needs no server. Prints its path.
[[nodiscard]] Result<ExitCode> pretrained_fetch(const PretrainedFetchOptions& options);

}  // namespace athanor::cli
