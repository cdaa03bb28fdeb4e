#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "athanor/cli/context.hpp"
#include "athanor/cli/list_paging.hpp"

/// `athanor job ...`; see dataset_commands.hpp for what goes to standard output.
namespace athanor::cli {

/// Whose job: a model's or a dataset's. Neither: every model and dataset is looked through.
struct JobOwner {
  std::optional<std::string> model;
  std::optional<std::string> dataset;
};

struct JobRunOptions {
  JobOwner owner;
  std::optional<std::string> parent;
  std::vector<std::string> actions;
  bool watch = false;         ///< Follow the jobs to their end.
  bool no_preflight = false;  ///< Queue them unseen.
};

struct JobListOptions {
  JobOwner owner;
  ListPaging paging;  ///< Of one owner's jobs alone.
};

struct JobOptions {
  JobOwner owner;
  std::string id;
};

struct JobDownloadOptions {
  JobOwner owner;
  std::string id;
  std::optional<std::filesystem::path> output;  ///< File or folder; <job id>.tar.gz by default.
};

/// The path of a job below the user's; not_found when nobody has it.
[[nodiscard]] Result<std::string> locate_job(Client& client,
                                             const JobOwner& owner,
                                             const std::string& id);

struct JobArtifactsOptions {
  JobOwner owner;
  std::string id;
  std::optional<std::string> name;              ///< The one to save; all are listed without it.
  std::optional<std::filesystem::path> output;  ///< File to save to; its own name by default.
};

[[nodiscard]] Result<ExitCode> job_run(Context& context, const JobRunOptions& options);
[[nodiscard]] Result<ExitCode> job_list(Context& context, const JobListOptions& options);
[[nodiscard]] Result<ExitCode> job_show(Context& context, const JobOptions& options);
/// Follows the job; its failure is the exit code.
[[nodiscard]] Result<ExitCode> job_watch(Context& context, const JobOptions& options);
[[nodiscard]] Result<ExitCode> job_cancel(Context& context, const JobOptions& options);
/// Queues a training that was cancelled or failed again; it goes on where it was.
[[nodiscard]] Result<ExitCode> job_resume(Context& context, const JobOptions& options);
[[nodiscard]] Result<ExitCode> job_delete(Context& context, const JobOptions& options);
/// What a training will take, as the worker forecast it.
[[nodiscard]] Result<ExitCode> job_preflight(Context& context, const JobOptions& options);
/// Lists what a job made, or saves one file of it.
[[nodiscard]] Result<ExitCode> job_artifacts(Context& context, const JobArtifactsOptions& options);
[[nodiscard]] Result<ExitCode> job_download(Context& context, const JobDownloadOptions& options);

}  // namespace athanor::cli
