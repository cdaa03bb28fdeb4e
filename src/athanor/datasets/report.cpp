#include "athanor/datasets/report.hpp"

#include "athanor/core/data_folder.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/log.hpp"

namespace athanor::datasets {

std::string report_name(const std::string& data_folder) {
  return data_folder + report_suffix;
}

bool has_report(const std::filesystem::path& data_dir, const std::string& data_folder) {
  return std::filesystem::exists(data_dir / report_name(data_folder));
}

Status write_report(const std::filesystem::path& data_dir,
                    const std::string& data_folder,
                    const Json& report) {
  return write_file_atomic(data_dir / report_name(data_folder), to_text(report) + "\n");
}

void remove_other_reports(const std::filesystem::path& data_dir, const std::string& data_folder) {
  const auto folder = data_dir / data_folder;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder.parent_path(), error), end;
       !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.starts_with("data-") && name.ends_with(".json") &&
        !name.starts_with(folder.filename().string() + ".")) {
      std::filesystem::remove(entry->path(), error);
    }
  }
  if (error) {
    log::warning("datasets", "cannot remove an old report", {{"error", error.message()}});
  }
}

Result<Json> read_report(const std::filesystem::path& data_dir, const std::string& data_folder) {
  if (data_folder.empty()) {
    return fail(ErrorCode::not_found, "the dataset has no data yet: upload an archive first");
  }
  const auto text = read_file(data_dir / report_name(data_folder));
  if (!text && text.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found,
                "there is no report: the data were uploaded to an earlier version of the server; "
                "upload them again");
  }
  if (!text) {
    return fail(text.error());
  }
  return parse_json(*text);
}

}  // namespace athanor::datasets
