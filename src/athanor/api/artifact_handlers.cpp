#include "athanor/api/artifact_handlers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

#include "athanor/api/call.hpp"
#include "athanor/api/list_query.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/picture_name.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::api {

namespace {

namespace fs = std::filesystem;
using store::OwnerKind;

/// Types that a browser may show without running anything of them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> media_types{{
    {".csv", "text/csv; charset=utf-8"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".json", "application/json"},
    {".log", "text/plain; charset=utf-8"},
    {".png", "image/png"},
    {".txt", "text/plain; charset=utf-8"},
    {".yaml", "text/plain; charset=utf-8"},
}};

std::string media_type_of(const fs::path& file) {
  const auto extension = lower_extension(file);
  for (const auto& [known, type] : media_types) {
    if (known == extension) {
      return std::string(type);
    }
  }
  return "application/octet-stream";
}

Result<fs::path> artifacts_of(Services& services, OwnerKind kind, const Call& call) {
  ATHANOR_TRY(const auto job, services.store.jobs().get(call.user, kind, call.owner, call.job));
  return jobs::job_directory(services.data_folder, job.id) / contract::artifacts_folder;
}

/// Whole files, not links and not what is still being written.
bool is_artifact(const fs::directory_entry& entry) {
  return entry.symlink_status().type() == fs::file_type::regular &&
         !is_temporary_name(entry.path());
}

Result<std::vector<fs::path>> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_artifact(*entry)) {
      files.push_back(entry->path());
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(system_error("cannot list the artifacts", error.value()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

Json describe(const fs::path& folder, const fs::path& file) {
  struct stat status {};

  if (stat(file.c_str(), &status) != 0) {
    return nullptr;  // Gone since it was listed.
  }
  const auto modified = std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec) +
                        std::chrono::duration_cast<std::chrono::microseconds>(
                            std::chrono::nanoseconds(status.st_mtim.tv_nsec));
  return {{"name", file.lexically_relative(folder).generic_string()},
          {"size", status.st_size},
          {"modified", to_iso(modified)},
          {"media_type", media_type_of(file)}};
}

BlockingHandler list_artifacts(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto folder, artifacts_of(services, kind, call));
    ATHANOR_TRY(const auto files, files_below(folder));
    const auto query = parse_list_query(call.request);
    Json list = Json::array();
    for (auto i = query.skip; i < files.size() && list.size() < query.size.value_or(files.size());
         ++i) {
      if (auto described = describe(folder, files[i]); !described.is_null()) {
        list.push_back(std::move(described));
      }
    }
    auto reply = json_reply(200, list);
    reply.headers.set("X-Pagination-Total", std::to_string(files.size()));
    return reply;
  };
}

/// RFC 8187: what is not plain is percent-encoded.
std::string encoded(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '.' || c == '-' || c == '_';
    text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

/// The artifact of this name, if no link leads away from the folder on the way to it.
Result<fs::path> find_artifact(const fs::path& folder, const std::string& name) {
  const auto gone = fail(ErrorCode::not_found,
                         fmt::format("the job has no artifact \"{}\"; GET .../artifacts lists them",
                                     datasets::shown(name)));
  const auto parsed = datasets::parse_member_name(name);
  if (!parsed || parsed->empty()) {
    return gone;
  }
  std::error_code error;
  fs::path file = folder;
  for (const auto& part : *parsed) {
    file /= part;
    if (fs::is_symlink(fs::symlink_status(file, error))) {
      return gone;
    }
  }
  const fs::directory_entry entry(file, error);
  if (error || !is_artifact(entry)) {
    return gone;
  }
  return file;
}

BlockingHandler get_artifact(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto folder, artifacts_of(services, kind, call));
    ATHANOR_TRY(const auto file, find_artifact(folder, call.request.path_parameter("path")));
    http::Response response;
    response.headers.set("Content-Disposition",
                         "attachment; filename*=UTF-8''" + encoded(file.filename().string()));
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.body = http::FileBody{file, media_type_of(file)};
    return response;
  };
}

http::Route artifact_route(OwnerKind kind, std::string_view tail, std::string operation) {
  const std::string owner(name_of(kind));
  auto route = new_route(
      http::Method::get,
      fmt::format(
          "/api/v1/user/{{user_id}}/{0}/{{{0}_id}}/job/{{job_id}}/artifacts{1}", owner, tail),
      std::move(operation),
      kind == OwnerKind::dataset ? "DATASET" : "MODEL",
      tail.empty() ? "List the files that a job made"
                   : "One file that a job made; ranges are understood");
  route.path_parameters = {
      id_parameter("user_id"), id_parameter(owner + "_id"), id_parameter("job_id")};
  return route;
}

}  // namespace

void add_artifact_routes(std::vector<http::Route>& routes, Services& services, OwnerKind kind) {
  auto list = artifact_route(kind, "", fmt::format("list_{}_job_artifacts", name_of(kind)));
  list.query_parameters = paging_parameters({});
  list.replies = {
      {200, "The files", "application/json", array_of("Artifact")}, error_doc(400), error_doc(404)};
  list.handler = blocking(services, list_artifacts(kind));
  routes.push_back(std::move(list));

  auto one = artifact_route(kind, "/{path...}", fmt::format("get_{}_job_artifact", name_of(kind)));
  one.path_parameters.push_back(
      {"path", "Its name as the list has it, folders included", {{"type", "string"}}});
  one.replies = {error_doc(400),
                 error_doc(404),
                 {200, "The file", "*/*", {{"type", "string"}, {"format", "binary"}}}};
  add_file_conditions(one);
  one.handler = blocking(services, get_artifact(kind));
  routes.push_back(std::move(one));
}

}  // namespace athanor::api
