#include "athanor/cli/train_command.hpp"

#include <fmt/format.h>

#include "athanor/catalog/networks.hpp"
#include "athanor/cli/classification_layout.hpp"
#include "athanor/cli/dataset_upload.hpp"
#include "athanor/cli/job_follow.hpp"
#include "athanor/cli/key_value.hpp"
#include "athanor/cli/model_commands.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/cli/pretrained_commands.hpp"

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

using Entries = std::vector<datasets::PackEntry>;

/// Everything that can be found wrong before the server is asked for anything.
struct Plan {
  Entries train;
  Entries eval;
  std::optional<Entries> test;
  Json spec = Json::object();
  std::vector<std::string> actions = {"train", "evaluate"};
};

Status check_network(const std::string& name) {
  const auto* network = catalog::find_network(name);
  if (network == nullptr) {
    return fail(ErrorCode::invalid_argument, fmt::format("no network is called {}", name));
  }
  if (network->dataset_type != "image_classification") {
    return fail(ErrorCode::unsupported,
                fmt::format("athanor train lays out folders of classified pictures; {} needs "
                            "datasets of type {}: use athanor dataset, model and job",
                            name,
                            network->dataset_type));
  }
  return {};
}

Result<Plan> make_plan(const TrainOptions& options) {
  ATHANOR_CHECK_OK(check_network(options.network));
  Plan plan;
  ATHANOR_TRY(plan.train, labelled_entries(options.train, Split::train));
  ATHANOR_TRY(plan.eval, labelled_entries(options.eval, Split::val));
  if (options.test) {
    ATHANOR_TRY(plan.test, unlabelled_entries(*options.test));
    plan.actions.emplace_back("inference");
  }
  plan.actions.emplace_back("export");
  if (options.spec) {
    ATHANOR_TRY(plan.spec, read_spec_file(*options.spec));
  }
  ATHANOR_CHECK_OK(apply_assignments(plan.spec, options.assignments));
  return plan;
}

/// Makes a dataset and fills it; its id.
Result<std::string> create_dataset(Client& client,
                                   const std::string& format,
                                   const std::string& name,
                                   Entries entries) {
  const Json body = {{"type", "image_classification"}, {"format", format}, {"name", name}};
  ATHANOR_TRY(const auto record, client.post("/dataset", body));
  const auto id = text_of(record, "id");
  ATHANOR_TRY([[maybe_unused]] const auto reply,
              send_upload(client, id, name, packed_upload(std::move(entries))));
  return id;
}

Result<std::string> create_model(Client& client, const TrainOptions& options, Plan plan) {
  const auto name = options.name.value_or(options.network);
  Json body = {{"network_arch", options.network}, {"name", name}};
  if (options.ptm) {
    ATHANOR_TRY(body["ptm"], pretrained_id(client, *options.ptm, options.network));
  }
  ATHANOR_TRY(const auto train_id,
              create_dataset(client, "default", name + " train", std::move(plan.train)));
  body["train_datasets"] = Json::array({train_id});
  ATHANOR_TRY(body["eval_dataset"],
              create_dataset(client, "default", name + " eval", std::move(plan.eval)));
  if (plan.test) {
    ATHANOR_TRY(body["inference_dataset"],
                create_dataset(client, "raw", name + " test", std::move(*plan.test)));
  }
  ATHANOR_TRY(const auto model, client.post("/model", body));
  return text_of(model, "id");
}

Status save_spec(Client& client, const std::string& model_path, const Json& spec) {
  // The server fills in the defaults; sending them too would make each one the user's wish.
  if (!spec.empty()) {
    ATHANOR_TRY([[maybe_unused]] const auto saved, client.post(model_path + "/specs/train", spec));
  }
  return {};
}

struct Outcome {
  ExitCode exit = ExitCode::ok;
  Json jobs = Json::array();
};

/// Follows the chained jobs in order; stops at the first that fails.
Result<Outcome> follow_all(Client& client, const std::string& model_path, const Json& job_ids) {
  Outcome outcome;
  for (const auto& id : job_ids) {
    ATHANOR_TRY(auto job, follow_job(client, job_path(model_path, id.get<std::string>())));
    print_note(summary_of(job));
    outcome.exit = exit_code_of_job(job);
    outcome.jobs.push_back(std::move(job));
    if (outcome.exit != ExitCode::ok) {
      break;
    }
  }
  return outcome;
}

Status download_all(Client& client,
                    const std::string& model_path,
                    const Json& jobs,
                    const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (const auto& job : jobs) {
    const auto target = folder / (text_of(job, "action") + ".tar.gz");
    const auto path = job_path(model_path, text_of(job, "id")) + "/download";
    ATHANOR_TRY(const auto bytes, client.download(path, target, {}));
    print_note(
        fmt::format("saved     {}  {}", target.string(), format_bytes(static_cast<double>(bytes))));
  }
  return {};
}

void print_where_artifacts_are(const std::string& model_id, const Json& jobs) {
  print_note("artifacts:");
  for (const auto& job : jobs) {
    print_note(fmt::format("  {:<10} athanor job download --model {} {}",
                           text_of(job, "action"),
                           model_id,
                           text_of(job, "id")));
  }
}

}  // namespace

Result<ExitCode> train(Context& context, const TrainOptions& options) {
  ATHANOR_TRY(auto plan, make_plan(options));
  const auto spec = plan.spec;
  const auto actions = plan.actions;
  auto& client = context.client;
  ATHANOR_TRY(const auto model_id, create_model(client, options, std::move(plan)));
  const auto model_path = "/model/" + model_id;
  ATHANOR_CHECK_OK(save_spec(client, model_path, spec));
  ATHANOR_TRY(const auto job_ids,
              client.post(model_path + "/job", {{"job", nullptr}, {"actions", actions}}));
  print_note(fmt::format("model     {}  (jobs go on if this command is interrupted)", model_id));
  ATHANOR_TRY(const auto outcome, follow_all(client, model_path, job_ids));
  if (options.output) {
    ATHANOR_CHECK_OK(download_all(client, model_path, outcome.jobs, *options.output));
  } else {
    print_where_artifacts_are(model_id, outcome.jobs);
  }
  if (context.json) {
    print_json({{"model_id", model_id}, {"jobs", outcome.jobs}});
  } else {
    print(model_id);
  }
  return outcome.exit;
}

}  // namespace athanor::cli
