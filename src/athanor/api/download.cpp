#include "athanor/api/download.hpp"

#include <filesystem>
#include <memory>
#include <vector>

#include "athanor/contract/job_request.hpp"
#include "athanor/datasets/packer.hpp"

namespace athanor::api {

namespace {

namespace fs = std::filesystem;

void add_if_there(std::vector<datasets::PackEntry>& entries,
                  const fs::path& source,
                  std::string name) {
  std::error_code ignored;
  if (fs::exists(source, ignored)) {
    entries.push_back({source, std::move(name)});
  }
}

std::vector<datasets::PackEntry> entries_of(const fs::path& directory, const std::string& id) {
  std::vector<datasets::PackEntry> entries;
  std::error_code ignored;
  for (const auto& artifact :
       fs::directory_iterator(directory / contract::artifacts_folder, ignored)) {
    entries.push_back({artifact.path(), id + "/" + artifact.path().filename().string()});
  }
  add_if_there(entries, directory / contract::status_file, id + "/" + contract::status_file);
  // Old clients look for the log under this name.
  add_if_there(entries, directory / contract::log_file, id + "/logs_from_toolkit.txt");
  add_if_there(entries, directory / contract::request_file, id + "/" + contract::request_file);
  return entries;
}

}  // namespace

Result<http::Response> download_reply(Services& services, Uuid job) {
  const auto id = job.to_string();
  auto entries = entries_of(jobs::job_directory(services.data_folder, job), id);
  if (entries.empty()) {
    return fail(ErrorCode::not_found, "there is nothing to download: the job has made no files");
  }
  http::Response response;
  response.headers.set("Content-Type", "application/gzip");
  response.headers.set("Content-Disposition", "attachment; filename=\"" + id + ".tar.gz\"");
  auto packer = std::make_shared<datasets::Packer>(std::move(entries));
  response.body = http::StreamBody{
      [packer, &pool = services.pool](std::span<char> buffer) -> Awaitable<Result<std::size_t>> {
        co_return co_await pool.run([&] { return packer->read_some(buffer); });
      }};
  return response;
}

}  // namespace athanor::api
