#include "athanor/api/download.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "athanor/contract/job_request.hpp"
#include "athanor/contract/status_line.hpp"
#include "athanor/core/files.hpp"
#include "athanor/datasets/packer.hpp"

namespace athanor::api {

namespace {

namespace fs = std::filesystem;

using Entries = std::vector<datasets::PackEntry>;

bool add_if_there(Entries& entries, const fs::path& source, std::string name) {
  std::error_code ignored;
  const bool is_there = fs::exists(source, ignored);
  if (is_there) {
    entries.push_back({source, std::move(name)});
  }
  return is_there;
}

/// What the record says of a job whose worker never came to write a status line.
std::string status_line_of(const store::JobRecord& job) {
  contract::StatusLine line;
  line.status = job.state == store::JobState::error ? contract::WorkerStatus::failure
                                                    : contract::WorkerStatus::started;
  if (const Json* message = find_path(job.result, "detailed_status.message");
      message != nullptr && message->is_string()) {
    line.message = message->get<std::string>();
  }
  contract::stamp(line, std::chrono::system_clock::now());
  return contract::to_text(line) + "\n";
}

/// Every download holds a status log and a log, whatever the job came to; empty when there is
/// nothing else.
Entries entries_of(const fs::path& directory, const store::JobRecord& job) {
  const auto id = job.id.to_string();
  Entries entries;
  std::error_code ignored;
  for (const auto& artifact :
       fs::directory_iterator(directory / contract::artifacts_folder, ignored)) {
    if (!is_temporary_name(artifact.path())) {
      entries.push_back({artifact.path(), id + "/" + artifact.path().filename().string()});
    }
  }
  std::ranges::sort(entries, {}, &datasets::PackEntry::name);
  // Old clients look for the log under this name.
  const auto log_name = id + "/logs_from_toolkit.txt";
  const auto status_name = id + "/" + contract::status_file;
  const bool has_log = add_if_there(entries, directory / contract::log_file, log_name);
  const bool has_status = add_if_there(entries, directory / contract::status_file, status_name);
  add_if_there(entries, directory / contract::request_file, id + "/" + contract::request_file);
  if (!entries.empty() && !has_log) {
    entries.push_back({{}, log_name, "The job has written no log.\n"});
  }
  if (!entries.empty() && !has_status) {
    entries.push_back({{}, status_name, status_line_of(job)});
  }
  return entries;
}

}  // namespace

Result<http::Response> download_reply(Services& services, const store::JobRecord& job) {
  const auto id = job.id.to_string();
  auto entries = entries_of(jobs::job_directory(services.data_folder, job.id), job);
  if (entries.empty()) {
    return fail(ErrorCode::not_found, "there is nothing to download: the job has made no files");
  }
  http::Response response;
  response.headers.set("Content-Type", "application/gzip");
  response.headers.set("Content-Disposition", "attachment; filename=\"" + id + ".tar.gz\"");
  // An export's model lies in its Triton folder too.
  auto packer = std::make_shared<datasets::Packer>(std::move(entries), datasets::HardLinks::kept);
  response.body = http::StreamBody{
      [packer, &pool = services.pool](std::span<char> buffer) -> Awaitable<Result<std::size_t>> {
        co_return co_await pool.run([&] { return packer->read_some(buffer); });
      }};
  return response;
}

}  // namespace athanor::api
