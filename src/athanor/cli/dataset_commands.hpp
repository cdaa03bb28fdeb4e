#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "athanor/cli/context.hpp"
#include "athanor/cli/list_paging.hpp"
#include "athanor/cli/resource_details.hpp"

/// `athanor dataset ...`. Where a command makes something, standard output is its id alone, so
/// that scripts can keep it.
namespace athanor::cli {

struct DatasetCreateOptions {
  std::string type = "image_classification";
  std::string format = "default";
  ResourceDetails details;
};

struct DatasetListOptions {
  std::optional<std::string> name;
  std::optional<std::string> type;
  ListPaging paging;
};

struct DatasetUpdateOptions {
  std::string id;
  ResourceDetails details;
};

struct DatasetUploadOptions {
  std::string id;
  std::filesystem::path source;      ///< An archive, or a folder that is packed on the fly.
  std::optional<std::string> split;  ///< train, val or test; maps a folder of class folders.
};

[[nodiscard]] Result<ExitCode> dataset_create(Context& context,
                                              const DatasetCreateOptions& options);
[[nodiscard]] Result<ExitCode> dataset_list(Context& context, const DatasetListOptions& options);
[[nodiscard]] Result<ExitCode> dataset_show(Context& context, const std::string& id);
[[nodiscard]] Result<ExitCode> dataset_update(Context& context,
                                              const DatasetUpdateOptions& options);
[[nodiscard]] Result<ExitCode> dataset_upload(Context& context,
                                              const DatasetUploadOptions& options);
/// What its files hold, and which of them have faults.
[[nodiscard]] Result<ExitCode> dataset_report(Context& context, const std::string& id);
[[nodiscard]] Result<ExitCode> dataset_delete(Context& context, const std::string& id);

}  // namespace athanor::cli
