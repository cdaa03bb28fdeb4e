#include "athanor/cli/job_commands.hpp"

#include <fmt/format.h>

#include "athanor/cli/job_follow.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/cli/url_text.hpp"

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

/// "/model/<id>" of an owner that is named.
std::optional<std::string> path_of(const JobOwner& owner) {
  if (owner.model) {
    return "/model/" + *owner.model;
  }
  if (owner.dataset) {
    return "/dataset/" + *owner.dataset;
  }
  return std::nullopt;
}

/// Every job of every model and dataset, each with its owner's path added.
Result<std::vector<std::pair<std::string, Json>>> all_jobs(Client& client) {
  std::vector<std::pair<std::string, Json>> found;
  for (const std::string kind : {"/model", "/dataset"}) {
    ATHANOR_TRY(const auto owners, client.get(kind));
    for (const auto& owner : owners) {
      const auto jobs = owner.find("jobs");
      if (jobs == owner.end()) {
        continue;
      }
      for (const auto& job : *jobs) {
        found.emplace_back(fmt::format("{}/{}", kind, text_of(owner, "id")), job);
      }
    }
  }
  return found;
}

Result<ExitCode> watch(Context& context, const std::string& path) {
  ATHANOR_TRY(const auto job, follow_job(context.client, path));
  if (context.json) {
    print_json(job);
  } else {
    print(summary_of(job));
  }
  return exit_code_of_job(job);
}

fs::path download_target(const JobDownloadOptions& options) {
  const fs::path name = options.id + ".tar.gz";
  if (!options.output) {
    return name;
  }
  std::error_code error;
  return fs::is_directory(*options.output, error) ? *options.output / name : *options.output;
}

/// Saves a reply, with a progress line.
Result<ExitCode> save(Context& context,
                      const std::string& path,
                      const std::filesystem::path& target) {
  auto progress = ProgressLine::on_stderr();
  const auto show = [&](std::uint64_t bytes) {
    progress.update({"download", {}, format_bytes(static_cast<double>(bytes))}, 0);
  };
  ATHANOR_TRY(const auto bytes, context.client.download(path, target, show));
  progress.finish(
      fmt::format("downloaded {}  {}", target.string(), format_bytes(static_cast<double>(bytes))));
  return ExitCode::ok;
}

}  // namespace

Result<std::string> locate_job(Client& client, const JobOwner& owner, const std::string& id) {
  if (const auto path = path_of(owner)) {
    return job_path(*path, id);
  }
  ATHANOR_TRY(const auto jobs, all_jobs(client));
  for (const auto& [path, job] : jobs) {
    if (text_of(job, "id") == id) {
      return job_path(path, id);
    }
  }
  return fail(ErrorCode::not_found,
              fmt::format("no job {}; `athanor job list` shows what there is", id));
}

Result<ExitCode> job_run(Context& context, const JobRunOptions& options) {
  const auto owner = path_of(options.owner);
  if (!owner) {
    return fail(ErrorCode::invalid_argument, "say whose job it is: --model ID or --dataset ID");
  }
  const Json body = {{"job", options.parent ? Json(*options.parent) : Json(nullptr)},
                     {"actions", options.actions}};
  const auto* query = options.no_preflight ? "?preflight=off" : "";
  ATHANOR_TRY(const auto ids, context.client.post(*owner + "/job" + query, body));
  if (context.json && !options.watch) {
    print_json(ids);
    return ExitCode::ok;
  }
  for (const auto& id : ids) {
    if (!options.watch) {
      print(id.get<std::string>());
      continue;
    }
    ATHANOR_TRY(const auto exit, watch(context, job_path(*owner, id.get<std::string>())));
    if (exit != ExitCode::ok) {
      return exit;
    }
  }
  return ExitCode::ok;
}

Result<ExitCode> job_list(Context& context, const JobListOptions& options) {
  Json records = Json::array();
  if (const auto path = path_of(options.owner)) {
    ATHANOR_TRY(records, context.client.get(*path + "/job" + query_text({}, options.paging)));
  } else if (options.paging != ListPaging{}) {
    return fail(ErrorCode::invalid_argument,
                "--sort, --skip and --size are for the jobs of one owner: add --model ID or "
                "--dataset ID");
  } else {
    ATHANOR_TRY(auto jobs, all_jobs(context.client));
    for (auto& [owner_path, job] : jobs) {
      records.push_back(std::move(job));
    }
  }
  print_list(context, records, {"id", "action", "status", "created_on", "parent_id"});
  return ExitCode::ok;
}

Result<ExitCode> job_show(Context& context, const JobOptions& options) {
  ATHANOR_TRY(const auto path, locate_job(context.client, options.owner, options.id));
  ATHANOR_TRY(const auto job, context.client.get(path));
  if (context.json) {
    print_json(job);
  } else if (has_ended(job)) {
    print(summary_of(job));
  } else {
    print(render(progress_of(job), std::string::npos));
  }
  return ExitCode::ok;
}

Result<ExitCode> job_watch(Context& context, const JobOptions& options) {
  ATHANOR_TRY(const auto path, locate_job(context.client, options.owner, options.id));
  return watch(context, path);
}

Result<ExitCode> job_cancel(Context& context, const JobOptions& options) {
  ATHANOR_TRY(const auto path, locate_job(context.client, options.owner, options.id));
  ATHANOR_TRY(const auto reply, context.client.post(path + "/cancel"));
  print_done(context, reply, fmt::format("job {} cancelled", options.id));
  return ExitCode::ok;
}

Result<ExitCode> job_resume(Context& context, const JobOptions& options) {
  ATHANOR_TRY(const auto path, locate_job(context.client, options.owner, options.id));
  ATHANOR_TRY(const auto reply, context.client.post(path + "/resume"));
  print_done(context, reply, fmt::format("job {} goes on", options.id));
  return ExitCode::ok;
}

Result<ExitCode> job_delete(Context& context, const JobOptions& options) {
  ATHANOR_TRY(const auto path, locate_job(context.client, options.owner, options.id));
  ATHANOR_TRY(const auto reply, context.client.remove(path));
  print_done(context, reply, fmt::format("job {} deleted", options.id));
  return ExitCode::ok;
}

Result<ExitCode> job_preflight(Context& context, const JobOptions& options) {
  ATHANOR_TRY(const auto path, locate_job(context.client, options.owner, options.id));
  ATHANOR_TRY(const auto forecast, context.client.get(path + "/preflight"));
  if (context.json) {
    print_json(forecast);
    return ExitCode::ok;
  }
  if (!forecast.at("message").is_null()) {
    print(text_of(forecast, "message"));
  }
  print(fmt::format("memory     {} of {}",
                    format_bytes(forecast.at("memory_bytes").get<double>()),
                    format_bytes(forecast.at("memory_limit_bytes").get<double>())));
  print(fmt::format("an epoch   {:.1f} s", forecast.at("seconds_per_epoch").get<double>()));
  print(fmt::format("in all     {:.0f} s, {} epochs in batches of {}",
                    forecast.at("seconds_total").get<double>(),
                    forecast.at("epochs").get<std::int64_t>(),
                    forecast.at("batch_size").get<std::int64_t>()));
  return ExitCode::ok;
}

Result<ExitCode> job_artifacts(Context& context, const JobArtifactsOptions& options) {
  ATHANOR_TRY(const auto job, locate_job(context.client, options.owner, options.id));
  const auto path = job + "/artifacts";
  if (options.name) {
    const auto own_name = std::filesystem::path(*options.name).filename();
    return save(context, path + "/" + path_text(*options.name), options.output.value_or(own_name));
  }
  ATHANOR_TRY(const auto records, context.client.get(path));
  print_list(context, records, {"name", "size", "modified", "media_type"});
  return ExitCode::ok;
}

Result<ExitCode> job_download(Context& context, const JobDownloadOptions& options) {
  ATHANOR_TRY(const auto path, locate_job(context.client, options.owner, options.id));
  return save(context, path + "/download", download_target(options));
}

}  // namespace athanor::cli
