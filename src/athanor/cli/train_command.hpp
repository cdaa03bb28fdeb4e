#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "athanor/cli/context.hpp"

namespace athanor::cli {

struct TrainOptions {
  std::string network = "classification";
  std::filesystem::path train;  ///< Folder of class folders, or a dataset root.
  std::filesystem::path eval;
  std::optional<std::filesystem::path> test;  ///< Pictures for inference, labels not needed.
  std::optional<std::filesystem::path> spec;  ///< JSON over the network's defaults.
  std::vector<std::string> assignments;       ///< KEY=VALUE over both.
  std::optional<std::string> ptm;             ///< Pretrained model to start from, by id or name.
  std::optional<std::string> name;
  std::optional<std::filesystem::path> output;  ///< Folder that receives the archives of results.
};

/// The whole way in one command: datasets packed and uploaded on the fly, model and spec made,
/// then train, evaluate, inference (with `test`) and export, each followed to its end.
[[nodiscard]] Result<ExitCode> train(Context& context, const TrainOptions& options);

}  // namespace athanor::cli
