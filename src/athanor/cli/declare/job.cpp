#include "athanor/cli/declare/command_line.hpp"
#include "athanor/cli/declare/resource_options.hpp"
#include "athanor/cli/job_commands.hpp"
#include "athanor/cli/stream_commands.hpp"
#include "athanor/cli/train_command.hpp"

namespace athanor::cli {

namespace {

void add_owner(CLI::App& command, JobOwner& owner) {
  auto* model = command.add_option("--model", owner.model, "The job is this model's");
  command.add_option("--dataset", owner.dataset, "The job is this dataset's")->excludes(model);
}

/// A command on one job; `bind` adds what it takes beside that.
template <class Options>
void job_command(
    CLI::App& group,
    CommandLine& line,
    const char* name,
    const char* description,
    Result<ExitCode> (*run)(Context&, const Options&),
    void (*bind)(CLI::App&, Options&) = [](CLI::App&, Options&) {}) {
  const auto bind_all = [bind](CLI::App& command, Options& options) {
    add_owner(command, options.owner);
    add_id(command, options.id, "Job");
    bind(command, options);
  };
  client_command<Options>(group, line, name, description, bind_all, run);
}

void bind_run(CLI::App& command, JobRunOptions& options) {
  add_owner(command, options.owner);
  command.add_option("--parent", options.parent, "Job whose result the first one takes");
  command.add_flag("--watch", options.watch, "Follow the jobs to their end");
  command.add_flag(
      "--no-preflight", options.no_preflight, "Queue them without a look at whether they can work");
  command.add_option("ACTION", options.actions, "train, evaluate, export, ...")->required();
}

void bind_list(CLI::App& command, JobListOptions& options) {
  add_owner(command, options.owner);
  add_paging(command, options.paging, false);
}

void bind_logs(CLI::App& command, JobLogsOptions& options) {
  command.add_flag("-f,--follow", options.follow, "Go on as the log grows, to its end");
  command.add_option("--tail", options.tail, "Only this many last lines");
}

void bind_events(CLI::App& command, JobEventsOptions& options) {
  add_owner(command, options.owner);
  command.add_option("ID", options.id, "Job; without it, all jobs");
}

void bind_artifacts(CLI::App& command, JobArtifactsOptions& options) {
  command.add_option("NAME", options.name, "File to save, as the list names it");
  command.add_option("-o,--output", options.output, "File to save it to");
}

void bind_download(CLI::App& command, JobDownloadOptions& options) {
  command.add_option("-o,--output", options.output, "File or folder to save to");
}

/// Commands that take a job and nothing else.
constexpr struct {
  const char* name;
  const char* description;
  Result<ExitCode> (*run)(Context&, const JobOptions&);
} plain_commands[] = {
    {"show", "Show a job and its results", job_show},
    {"watch", "Follow a job to its end", job_watch},
    {"cancel", "Stop a job", job_cancel},
    {"resume", "Go on with a training that was cancelled or failed", job_resume},
    {"delete", "Delete an ended job and its files", job_delete},
    {"explain", "Say why a job is pending, failed or slow", job_explain},
    {"preflight", "Say how much memory and time a training will take", job_preflight},
};

constexpr const char* about_events =
    "Print changes of a job to its end, or of all jobs as long as wanted";
constexpr const char* about_artifacts = "List the files that a job made, or save one";

}  // namespace

void add_job_commands(CLI::App& app, CommandLine& line) {
  auto& group = add_group(app, "job", "Runs of actions on models and datasets");
  client_command<JobRunOptions>(
      group, line, "run", "Queue actions; prints the ids of their jobs", bind_run, job_run);
  client_command<JobListOptions>(group, line, "list", "List jobs", bind_list, job_list);
  for (const auto& command : plain_commands) {
    job_command(group, line, command.name, command.description, command.run);
  }
  job_command(group, line, "logs", "Print a job's log", job_logs, bind_logs);
  client_command<JobEventsOptions>(group, line, "events", about_events, bind_events, job_events);
  job_command(group, line, "artifacts", about_artifacts, job_artifacts, bind_artifacts);
  job_command(group, line, "download", "Save a job's files as tar.gz", job_download, bind_download);
}

void add_train_command(CLI::App& app, CommandLine& line) {
  client_command<TrainOptions>(
      app,
      line,
      "train",
      "Folders of pictures in, trained and exported network out",
      [](CLI::App& command, TrainOptions& options) {
        command.add_option("--network", options.network, "Network")->capture_default_str();
        command.add_option("--train", options.train, "Folder with one folder per class")
            ->required();
        command.add_option("--eval", options.eval, "The same, for validation")->required();
        command.add_option("--test", options.test, "Pictures for inference");
        command.add_option("--ptm", options.ptm, "Pretrained model to start from: id or name");
        command.add_option("--spec", options.spec, "JSON file with parameters");
        command.add_option("--set", options.assignments, "Parameter as KEY=VALUE; repeatable");
        command.add_option("--name", options.name, "Name of model and datasets");
        command.add_option("-o,--output", options.output, "Folder to download the results to");
      },
      train);
}

}  // namespace athanor::cli
