#include "athanor/cli/declare/command_line.hpp"
#include "athanor/cli/job_commands.hpp"
#include "athanor/cli/stream_commands.hpp"
#include "athanor/cli/train_command.hpp"

namespace athanor::cli {

namespace {

void add_owner(CLI::App& command, JobOwner& owner) {
  auto* model = command.add_option("--model", owner.model, "The job is this model's");
  command.add_option("--dataset", owner.dataset, "The job is this dataset's")->excludes(model);
}

}  // namespace

void add_job_commands(CLI::App& app, CommandLine& line) {
  auto& group = add_group(app, "job", "Runs of actions on models and datasets");
  client_command<JobRunOptions>(
      group,
      line,
      "run",
      "Queue actions; prints the ids of their jobs",
      [](CLI::App& command, JobRunOptions& options) {
        add_owner(command, options.owner);
        command.add_option("--parent", options.parent, "Job whose result the first one takes");
        command.add_flag("--watch", options.watch, "Follow the jobs to their end");
        command.add_flag("--no-preflight",
                         options.no_preflight,
                         "Queue them without a look at whether they can work");
        command.add_option("ACTION", options.actions, "train, evaluate, export, ...")->required();
      },
      job_run);
  client_command<JobOwner>(group, line, "list", "List jobs", add_owner, job_list);
  const auto bind = [](CLI::App& command, JobOptions& options) {
    add_owner(command, options.owner);
    add_id(command, options.id, "Job");
  };
  client_command<JobOptions>(group, line, "show", "Show a job and its results", bind, job_show);
  client_command<JobOptions>(group, line, "watch", "Follow a job to its end", bind, job_watch);
  client_command<JobOptions>(group, line, "cancel", "Stop a job", bind, job_cancel);
  client_command<JobOptions>(group,
                             line,
                             "resume",
                             "Go on with a training that was cancelled or failed",
                             bind,
                             job_resume);
  client_command<JobOptions>(
      group, line, "delete", "Delete an ended job and its files", bind, job_delete);
  client_command<JobOptions>(
      group, line, "explain", "Say why a job is pending, failed or slow", bind, job_explain);
  client_command<JobOptions>(group,
                             line,
                             "preflight",
                             "Say how much memory and time a training will take",
                             bind,
                             job_preflight);
  client_command<JobLogsOptions>(
      group,
      line,
      "logs",
      "Print a job's log",
      [](CLI::App& command, JobLogsOptions& options) {
        add_owner(command, options.owner);
        add_id(command, options.id, "Job");
        command.add_flag("-f,--follow", options.follow, "Go on as the log grows, to its end");
        command.add_option("--tail", options.tail, "Only this many last lines");
      },
      job_logs);
  client_command<JobEventsOptions>(
      group,
      line,
      "events",
      "Print changes of a job to its end, or of all jobs as long as wanted",
      [](CLI::App& command, JobEventsOptions& options) {
        add_owner(command, options.owner);
        command.add_option("ID", options.id, "Job; without it, all jobs");
      },
      job_events);
  client_command<JobArtifactsOptions>(
      group,
      line,
      "artifacts",
      "List the files that a job made, or save one",
      [](CLI::App& command, JobArtifactsOptions& options) {
        add_owner(command, options.owner);
        add_id(command, options.id, "Job");
        command.add_option("NAME", options.name, "File to save, as the list names it");
        command.add_option("-o,--output", options.output, "File to save it to");
      },
      job_artifacts);
  client_command<JobDownloadOptions>(
      group,
      line,
      "download",
      "Save a job's files as tar.gz",
      [](CLI::App& command, JobDownloadOptions& options) {
        add_owner(command, options.owner);
        add_id(command, options.id, "Job");
        command.add_option("-o,--output", options.output, "File or folder to save to");
      },
      job_download);
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
