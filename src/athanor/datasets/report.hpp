#pragma once

#include <filesystem>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

/// The report on a dataset's data lies beside its folder, "datasets/<id>/data-<uuid>.report.json":
/// it is there before the data come in force and names them, so that the two always agree.
namespace athanor::datasets {

/// Its name; `data_folder` is that of a record.
[[nodiscard]] std::string report_name(const std::string& data_folder);

/// Data from before there were reports have none.
[[nodiscard]] bool has_report(const std::filesystem::path& data_dir,
                              const std::string& data_folder);

/// Writes it as a whole.
[[nodiscard]] Status write_report(const std::filesystem::path& data_dir,
                                  const std::string& data_folder,
                                  const Json& report);

/// Removes what else the dataset has of reports, once the data are in force; failures are logged.
void remove_other_reports(const std::filesystem::path& data_dir, const std::string& data_folder);

/// not_found when the dataset has no data, or data from before there were reports.
[[nodiscard]] Result<Json> read_report(const std::filesystem::path& data_dir,
                                       const std::string& data_folder);

}  // namespace athanor::datasets
