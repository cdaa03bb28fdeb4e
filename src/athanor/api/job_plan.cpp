#include "athanor/api/job_plan.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/api/conversion_faults.hpp"
#include "athanor/api/job_preflight.hpp"
#include "athanor/catalog/chaining.hpp"
#include "athanor/catalog/engine_precision.hpp"
#include "athanor/catalog/networks.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/jobs/job_snapshot.hpp"
#include "athanor/jobs/pretrained_weights.hpp"
#include "athanor/jobs/queue.hpp"
#include "athanor/jobs/result_builder.hpp"
#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::api {

namespace {

using store::JobRecord;
using store::JobState;

Result<std::optional<Uuid>> parse_parent(const Json& group) {
  const auto found = group.find("job");
  if (found == group.end() || found->is_null()) {
    return std::optional<Uuid>();
  }
  const auto id =
      found->is_string() ? Uuid::parse(found->get_ref<const std::string&>()) : std::nullopt;
  if (!id) {
    return fail(ErrorCode::invalid_argument,
                "\"job\" must be the ID of the parent job (a UUID) or null");
  }
  return id;
}

Result<std::vector<std::string>> parse_actions(const Json& group) {
  const auto found = group.find("actions");
  if (found == group.end() || !found->is_array()) {
    return fail(ErrorCode::invalid_argument, "\"actions\" must be a list of action names");
  }
  if (found->empty()) {
    return fail(ErrorCode::not_found, "\"actions\" is empty: name at least one action");
  }
  std::vector<std::string> actions;
  for (const auto& action : *found) {
    if (!action.is_string()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("\"actions\" must hold strings, not {}", action.type_name()));
    }
    actions.emplace_back(catalog::canonical_action(action.get_ref<const std::string&>()));
  }
  return actions;
}

Result<JobGroup> parse_group(const Json& group) {
  if (!group.is_object()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("a job request must be an object with \"job\" and \"actions\", not {}",
                            group.type_name()));
  }
  JobGroup parsed;
  ATHANOR_TRY(parsed.parent, parse_parent(group));
  ATHANOR_TRY(parsed.actions, parse_actions(group));
  return parsed;
}

catalog::JobOwner owner_of_jobs(store::OwnerKind kind) {
  return kind == store::OwnerKind::model ? catalog::JobOwner::model : catalog::JobOwner::dataset;
}

/// Plans the jobs of one request over one resource.
class Planner {
 public:
  Planner(Services& services, const JobPost& post, const Resource& resource)
      : services_(services), post_(post), user_(post.user), resource_(resource) {}

  Status load() {
    if (resource_.kind == store::OwnerKind::model) {
      ATHANOR_TRY(model_, services_.store.models().get(user_, resource_.id, false));
    }
    return {};
  }

  Status add(const JobGroup& group) {
    for (const auto& action : group.actions) {
      ATHANOR_CHECK_OK(check_runnable(action));
    }
    candidates_.clear();
    if (group.parent) {
      ATHANOR_CHECK_OK(take_parent(*group.parent));
    }
    const bool automl = wants_automl(group);
    for (const auto& action : group.actions) {
      ATHANOR_TRY(auto job, plan(action, automl));
      if (job.state == JobState::pending) {
        candidates_.push_back({job.id, action});
      }
      jobs_.push_back(std::move(job));
    }
    return {};
  }

  /// The jobs, or all that preflight found.
  Result<std::vector<JobRecord>> take() {
    if (faults_.empty()) {
      return std::move(jobs_);
    }
    return fail(ErrorCode::invalid_argument, fmt::format("{}", fmt::join(faults_, "; ")));
  }

 private:
  struct Candidate {
    Uuid id;
    std::string action;
  };

  /// The parent is a job of this resource. Old clients also name the dataset job that made a
  /// model's data: it is no job to follow, but no mistake either.
  Status take_parent(Uuid id) {
    const auto parent = services_.store.jobs().get(user_, resource_.kind, resource_.id, id);
    if (parent) {
      candidates_.push_back({parent->id, parent->action});
      return {};
    }
    const auto other = services_.store.jobs().find(id);
    const bool made_data = resource_.kind == store::OwnerKind::model && other &&
                           other->user_id == user_ &&
                           other->owner_kind == store::OwnerKind::dataset;
    return made_data ? Status() : fail(parent.error());
  }

  Status check_runnable(const std::string& action) const {
    const auto& runnable = resource_.runnable_actions;
    if (std::ranges::find(runnable, action) != runnable.end()) {
      return {};
    }
    return fail(
        ErrorCode::not_found,
        fmt::format("Action not found: this {} runs {}, not \"{}\"",
                    name_of(resource_.kind),
                    runnable.empty() ? "no action" : fmt::format("{}", fmt::join(runnable, ", ")),
                    action));
  }

  bool wants_automl(const JobGroup& group) const {
    return model_.automl.value("automl_enabled", false) &&
           group.actions == std::vector<std::string>{"train"};
  }

  Result<JobRecord> plan(const std::string& action, bool automl) {
    JobRecord job;
    job.id = Uuid::random();
    job.user_id = user_;
    job.owner_kind = resource_.kind;
    job.owner_id = resource_.id;
    job.created_on = now_iso();
    job.last_modified = job.created_on;
    job.action = action;
    job.parent_id = parent_for(action);
    const auto training = training_above(job);
    ATHANOR_TRY(auto snapshot, take_snapshot(action, training));
    if (builds_engine(action)) {
      ATHANOR_CHECK_OK(catalog::check_engine_precision(snapshot.spec));
    }
    snapshot.refusal =
        automl ? "AutoML is not available yet: clear automl_enabled to train once, then post the "
                 "job again"
               : what_is_missing(job, snapshot);
    if (post_.preflight && snapshot.refusal.empty()) {
      look_for_faults(job, snapshot, training);
    }
    job.request = jobs::to_json(snapshot);
    if (!snapshot.refusal.empty()) {
      job.state = JobState::error;
      job.result = jobs::failed_result(Json(), snapshot.refusal);
    } else {
      const auto parent = job.parent_id ? find_job(*job.parent_id) : std::nullopt;
      job.result = jobs::first_result(parent ? &*parent : nullptr);
    }
    return job;
  }

  /// Actions that share a spec share its faults, which are told once.
  void look_for_faults(const JobRecord& job,
                       const jobs::JobSnapshot& snapshot,
                       const std::optional<JobRecord>& training) {
    for (const auto& fault : find_job_faults(services_, resource_, job, snapshot, training)) {
      auto text = to_string(fault);
      if (std::ranges::find(faults_, text) == faults_.end()) {
        faults_.push_back(std::move(text));
      }
    }
  }

  /// Of those that are planned, or else of those that there are.
  std::optional<JobRecord> find_job(Uuid id) const {
    const auto planned = std::ranges::find(jobs_, id, &JobRecord::id);
    if (planned != jobs_.end()) {
      return *planned;
    }
    auto stored = services_.store.jobs().find(id);
    return stored ? std::optional(*std::move(stored)) : std::nullopt;
  }

  /// The training that the model of the job's parent comes from.
  std::optional<JobRecord> training_above(const JobRecord& job) const {
    for (auto next = job.parent_id; next;) {
      auto parent = find_job(*next);
      if (!parent || catalog::is_training(parent->action)) {
        return parent;
      }
      next = parent->parent_id;
    }
    return std::nullopt;
  }

  /// The latest job of this chain that `action` may follow.
  std::optional<Uuid> parent_for(const std::string& action) const {
    const auto owner = owner_of_jobs(resource_.kind);
    const auto found =
        std::find_if(candidates_.rbegin(), candidates_.rend(), [&](const Candidate& candidate) {
          return catalog::may_follow(owner, action, candidate.action);
        });
    return found != candidates_.rend() ? std::optional(found->id) : std::nullopt;
  }

  struct SavedSpec {
    Json body = Json::object();
    bool is_own = true;  ///< False: it is train's, whose other parameters mean nothing here.
  };

  /// Own spec, else train's where the contract says so, else nothing over the schema's default.
  Result<SavedSpec> saved_spec(const std::string& action) {
    ATHANOR_TRY(const auto own, services_.store.specs().get(resource_.id, action));
    if (own) {
      ATHANOR_TRY(auto body, parse_json(*own));
      return SavedSpec{std::move(body), true};
    }
    if (action != "evaluate" && action != "retrain" && action != "inference") {
      return SavedSpec{};
    }
    ATHANOR_TRY(const auto train, services_.store.specs().get(resource_.id, "train"));
    if (!train) {
      return SavedSpec{};
    }
    ATHANOR_TRY(auto body, parse_json(*train));
    return SavedSpec{std::move(body), false};
  }

  Result<jobs::JobSnapshot> take_snapshot(const std::string& action,
                                          const std::optional<JobRecord>& training) {
    const auto* table = spec::find_table(resource_.subject, action);
    if (table == nullptr) {
      return fail(ErrorCode::internal, fmt::format("there is no parameter table for {}", action));
    }
    ATHANOR_TRY(const auto saved, saved_spec(action));
    const auto defaults =
        spec::defaults(*table, schema_context(services_, resource_, action, training));
    jobs::JobSnapshot snapshot;
    snapshot.request_id = post_.request_id;
    snapshot.preflight = post_.preflight;
    snapshot.network = resource_.kind == store::OwnerKind::model ? resource_.subject : "";
    snapshot.spec = spec::harden(*table, defaults, saved.body);
    if (saved.is_own) {
      snapshot.ignored_parameters = spec::ignored_parameters(*table, defaults, saved.body);
    }
    snapshot.train_datasets = model_.train_datasets;
    snapshot.eval_dataset = model_.eval_dataset;
    snapshot.inference_dataset = model_.inference_dataset;
    snapshot.calibration_dataset = model_.calibration_dataset;
    if (action == "train") {
      snapshot.ptm = model_.ptm;
    }
    if (model_.encryption_key) {
      snapshot.encryption_key = Secret(*model_.encryption_key);
    }
    return snapshot;
  }

  bool builds_engine(std::string_view action) const {
    return resource_.kind == store::OwnerKind::model && action == "convert";
  }

  /// Why this job cannot work, with the mend; empty when it can.
  std::string what_is_missing(const JobRecord& job, const jobs::JobSnapshot& snapshot) {
    const auto& action = job.action;
    const auto rule = catalog::chaining_rule(owner_of_jobs(resource_.kind), action);
    if (rule.needs_parent && !job.parent_id) {
      return fmt::format("{} needs a parent job: post it with \"job\" set to a finished {} job",
                         action,
                         fmt::join(rule.parents, ", "));
    }
    const bool measures = action == "evaluate" || action == "confmat";
    if ((measures || action == "inference") && !job.parent_id) {
      return fmt::format("{} needs a model: post it with \"job\" set to a finished train job",
                         action);
    }
    if (catalog::is_training(action) && model_.train_datasets.empty()) {
      return "the model has no train_datasets: link one with PATCH {\"train_datasets\": [id]}";
    }
    if ((catalog::is_training(action) || measures) && !model_.eval_dataset) {
      return "the model has no eval_dataset: link one with PATCH {\"eval_dataset\": id}";
    }
    if (action == "inference" && !model_.inference_dataset) {
      return "the model has no inference_dataset: link one with PATCH {\"inference_dataset\": id}";
    }
    if (snapshot.ptm) {
      const auto pretrained =
          jobs::find_pretrained(services_.store, services_.data_folder, user_, *snapshot.ptm);
      return pretrained ? std::string() : pretrained.error().message;
    }
    if (auto fault = builds_engine(action) ? conversion_fault(services_, user_, snapshot) : "";
        !fault.empty()) {
      return fault;
    }
    return job.parent_id ? parent_fault(services_, *job.parent_id) : std::string();
  }

  Services& services_;
  const JobPost& post_;
  Uuid user_;
  const Resource& resource_;
  store::ModelRecord model_;
  std::vector<Candidate> candidates_;
  std::vector<JobRecord> jobs_;
  std::vector<std::string> faults_;
};

}  // namespace

Result<std::vector<JobGroup>> parse_job_groups(const Json& body) {
  std::vector<JobGroup> groups;
  if (!body.is_array()) {
    ATHANOR_TRY(auto group, parse_group(body));
    groups.push_back(std::move(group));
    return groups;
  }
  if (body.empty()) {
    return fail(ErrorCode::invalid_argument, "the list of job requests is empty");
  }
  for (const auto& element : body) {
    ATHANOR_TRY(auto group, parse_group(element));
    groups.push_back(std::move(group));
  }
  return groups;
}

Result<std::vector<store::JobRecord>> plan_jobs(Services& services,
                                                const JobPost& post,
                                                const Resource& resource,
                                                const std::vector<JobGroup>& groups) {
  Planner planner(services, post, resource);
  ATHANOR_CHECK_OK(planner.load());
  for (const auto& group : groups) {
    ATHANOR_CHECK_OK(planner.add(group));
  }
  return planner.take();
}

}  // namespace athanor::api
