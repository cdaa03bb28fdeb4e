#include "athanor/api/resource.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <unordered_set>
#include <utility>

#include "athanor/api/record_json.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/catalog/chaining.hpp"
#include "athanor/catalog/datasets.hpp"
#include "athanor/catalog/networks.hpp"
#include "athanor/datasets/intake.hpp"
#include "athanor/jobs/pretrained_weights.hpp"

namespace athanor::api {

namespace {

std::vector<std::string> to_strings(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

/// The classes of the train datasets that have data, each once; none is no fault here.
std::vector<std::string> train_classes(Services& services,
                                       Uuid user,
                                       const store::ModelRecord& model) {
  std::vector<std::string> classes;
  std::unordered_set<std::string> known;
  for (const auto& id : model.train_datasets) {
    const auto dataset = services.store.datasets().get(user, id);
    if (!dataset || dataset->data_folder.empty()) {
      continue;
    }
    const auto names = datasets::class_names(
        services.data_folder / dataset->data_folder, dataset->type, dataset->format);
    for (const auto& name : names.value_or(std::vector<std::string>())) {
      if (known.insert(name).second) {
        classes.push_back(name);
      }
    }
  }
  return classes;
}

/// The specs of a training and of those above it, up to the one that built the network, as far as
/// they are still there.
std::vector<Json> specs_behind(Services& services, const store::JobRecord& training) {
  std::vector<Json> specs;
  for (auto job = training;;) {
    if (catalog::is_training(job.action)) {
      specs.push_back(job.request.value("spec", Json::object()));
    }
    if (job.action == "train" || !job.parent_id) {
      return specs;
    }
    auto parent = services.store.jobs().find(*job.parent_id);
    if (!parent) {
      return specs;
    }
    job = *std::move(parent);
  }
}

/// What the weights that the model starts from tell its schemas. A ptm without any changes nothing:
/// the job says so.
Status add_pretrained(Services& services,
                      const store::ModelRecord& model,
                      spec::SchemaContext& context) {
  if (!model.ptm) {
    return {};
  }
  const auto ptm = services.store.models().get(model.user_id, *model.ptm, true);
  if (!ptm) {
    return ptm.error().code == ErrorCode::not_found ? Status() : Status(fail(ptm.error()));
  }
  if (!ptm->weights.is_null()) {
    context.pretrained = true;
    context.pretrained_properties = ptm->weights.value("properties", Json::object());
    return {};
  }
  ATHANOR_TRY(const auto training, jobs::newest_training(services.store, ptm->id));
  if (training) {
    context.pretrained = true;
    context.pretrained_specs = specs_behind(services, *training);
  }
  return {};
}

Result<Resource> dataset_resource(Services& services, const Call& call) {
  ATHANOR_TRY(const auto record, services.store.datasets().get(call.user, call.owner));
  return Resource{store::OwnerKind::dataset,
                  record.id,
                  record.type,
                  to_strings(catalog::dataset_actions(record.type, record.format)),
                  to_strings(catalog::runnable_dataset_actions(record.type, record.format)),
                  {}};
}

Result<Resource> model_resource(Services& services, const Call& call, bool include_public) {
  ATHANOR_TRY(const auto record,
              services.store.models().get(call.user, call.owner, include_public));
  const auto* network = catalog::find_network(record.network_arch);
  if (network == nullptr) {
    return fail(ErrorCode::internal, "the stored network_arch is unknown to this version");
  }
  Resource resource{store::OwnerKind::model,
                    record.id,
                    std::string(network->name),
                    to_strings(network->actions),
                    to_strings(network->runnable),
                    {}};
  if (network->classwise) {
    resource.context.classes = train_classes(services, call.user, record);
  }
  ATHANOR_CHECK_OK(add_pretrained(services, record, resource.context));
  return resource;
}

}  // namespace

std::string_view label_of(store::OwnerKind kind) {
  return kind == store::OwnerKind::dataset ? "Dataset" : "Model";
}

Result<Resource> own_resource(Services& services, store::OwnerKind kind, const Call& call) {
  return kind == store::OwnerKind::dataset ? dataset_resource(services, call)
                                           : model_resource(services, call, false);
}

Result<Resource> readable_resource(Services& services, store::OwnerKind kind, const Call& call) {
  return kind == store::OwnerKind::dataset ? dataset_resource(services, call)
                                           : model_resource(services, call, true);
}

spec::SchemaContext schema_context(Services& services,
                                   const Resource& resource,
                                   std::string_view action,
                                   const std::optional<store::JobRecord>& training) {
  auto context = resource.context;
  if (action == "retrain" && training) {
    context.pretrained_properties = Json::object();
    context.pretrained_specs = specs_behind(services, *training);
  }
  return context;
}

Result<spec::SchemaContext> schema_context(Services& services,
                                           const Resource& resource,
                                           std::string_view action) {
  if (action != "retrain") {
    return resource.context;
  }
  ATHANOR_TRY(const auto training, jobs::newest_training(services.store, resource.id));
  return schema_context(services, resource, action, training);
}

Result<std::vector<store::JobRecord>> jobs_of(Services& services, store::OwnerKind kind, Uuid id) {
  return services.store.jobs().list_of(kind, std::span(&id, 1));
}

namespace {

/// So many records of a list have their jobs in memory at once.
constexpr std::size_t records_at_once = 100;

/// Adds records with the jobs of the user's own ones.
template <class Record>
Status add_to_list(Services& services,
                   store::OwnerKind kind,
                   Uuid user,
                   std::span<const Record> records,
                   ListText& list) {
  std::vector<Uuid> ids;
  for (const auto& record : records) {
    if (record.user_id == user) {
      ids.push_back(record.id);
    }
  }
  ATHANOR_TRY(auto jobs, services.store.jobs().list_of(kind, ids));
  std::map<Uuid, std::vector<store::JobRecord>> jobs_by_owner;
  for (auto& job : jobs) {
    jobs_by_owner[job.owner_id].push_back(std::move(job));
  }
  for (const auto& record : records) {
    list.add(to_json(record, jobs_by_owner[record.id]));
  }
  return {};
}

}  // namespace

template <class Record>
Result<http::Response> list_reply(Services& services,
                                  store::OwnerKind kind,
                                  Uuid user,
                                  const store::Page<Record>& page) {
  ListText list;
  for (std::span<const Record> rest = page.records; !rest.empty();) {
    const auto records = rest.first(std::min(records_at_once, rest.size()));
    ATHANOR_CHECK_OK(add_to_list(services, kind, user, records, list));
    rest = rest.subspan(records.size());
  }
  return page_reply(std::move(list), page.total);
}

template Result<http::Response> list_reply(Services&,
                                           store::OwnerKind,
                                           Uuid,
                                           const store::Page<store::DatasetRecord>&);
template Result<http::Response> list_reply(Services&,
                                           store::OwnerKind,
                                           Uuid,
                                           const store::Page<store::ModelRecord>&);

namespace {

/// Cancels the jobs that have not ended and waits for the workers of all.
Awaitable<Status> end_jobs(Services& services, store::OwnerKind kind, Uuid id) {
  ATHANOR_CO_TRY(const auto jobs, co_await services.pool.run([&services, kind, id] {
    return jobs_of(services, kind, id);
  }));
  for (const auto& job : jobs) {
    if (job.state != store::JobState::pending && job.state != store::JobState::running) {
      continue;
    }
    const auto cancelled = co_await services.supervisor.cancel(job.id);
    // A job that ended by itself meanwhile is what we want too.
    if (!cancelled && cancelled.error().code != ErrorCode::not_found) {
      co_return fail(cancelled.error());
    }
  }
  for (const auto& job : jobs) {
    if (job.has_worker) {
      ATHANOR_CO_CHECK_OK(co_await services.supervisor.finish_worker(job.id));
    }
  }
  co_return Status();
}

}  // namespace

Awaitable<Result<http::Response>> delete_with_jobs(Services& services,
                                                   store::OwnerKind kind,
                                                   Uuid id,
                                                   const Removal& remove) {
  constexpr int tries = 10;  // Each loses against a job that is posted just then.
  for (int left = tries; left > 1; --left) {
    ATHANOR_CO_CHECK_OK(co_await end_jobs(services, kind, id));
    auto removed = co_await services.pool.run([&remove] { return remove(); });
    if (removed || removed.error().code != ErrorCode::unavailable) {
      services.supervisor.wake();
      co_return removed;
    }
  }
  co_return co_await services.pool.run([&remove] { return remove(); });
}

}  // namespace athanor::api
