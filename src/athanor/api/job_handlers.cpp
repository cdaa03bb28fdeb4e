#include "athanor/api/job_handlers.hpp"

#include <functional>

#include <fmt/format.h>

#include "athanor/api/call.hpp"
#include "athanor/api/conditions.hpp"
#include "athanor/api/download.hpp"
#include "athanor/api/job_plan.hpp"
#include "athanor/api/job_preflight.hpp"
#include "athanor/api/list_query.hpp"
#include "athanor/api/record_json.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/resource.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/catalog/chaining.hpp"
#include "athanor/core/kill_point.hpp"

namespace athanor::api {

namespace {

using store::OwnerKind;

Result<store::JobRecord> find_job(Services& services, OwnerKind kind, const Call& call) {
  return services.store.jobs().get(call.user, kind, call.owner, call.job);
}

BlockingHandler list_jobs(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto resource, own_resource(services, kind, call));
    ATHANOR_TRY(auto page,
                services.store.jobs().list(kind, resource.id, parse_list_query(call.request)));
    ListText list;
    for (auto& job : page.records) {
      list.add(to_json(std::move(job)));
    }
    return page_reply(std::move(list), page.total);
  };
}

BlockingHandler post_jobs(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto resource, own_resource(services, kind, call));
    ATHANOR_TRY(const auto groups, parse_job_groups(call.body));
    ATHANOR_TRY(const bool preflight, wants_preflight(call.request));
    ATHANOR_TRY(
        const auto jobs,
        plan_jobs(services, {call.user, call.request.request_id, preflight}, resource, groups));
    ATHANOR_CHECK_OK(services.store.jobs().insert(jobs));
    pass(KillPoint::job_posted);
    services.supervisor.wake();
    Json ids = Json::array();
    for (const auto& job : jobs) {
      ids.push_back(job.id.to_string());
    }
    return json_reply(201, ids);
  };
}

BlockingHandler get_job(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(auto job, find_job(services, kind, call));
    const auto text = to_text(to_json(std::move(job)));
    return tagged(call, json_text_reply(200, text), text_tag(text));
  };
}

AsyncHandler delete_job(OwnerKind kind) {
  return [kind](Services& services, Call call) -> Awaitable<Result<http::Response>> {
    ATHANOR_CO_TRY(const auto job, co_await services.pool.run([&services, &call, kind] {
      return find_job(services, kind, call);
    }));
    const std::function<Status()> removal = [&services, &call, kind]() -> Status {
      ATHANOR_CHECK_OK(services.store.jobs().remove(call.user, kind, call.owner, call.job));
      pass(KillPoint::record_removed);
      return {};
    };
    ATHANOR_CO_CHECK_OK(co_await services.supervisor.remove(job.id, removal));
    services.supervisor.wake();
    co_return json_reply(200, Json::object());
  };
}

AsyncHandler cancel_job(OwnerKind kind) {
  return [kind](Services& services, Call call) -> Awaitable<Result<http::Response>> {
    ATHANOR_CO_TRY(const auto job, co_await services.pool.run([&services, &call, kind] {
      return find_job(services, kind, call);
    }));
    ATHANOR_CO_CHECK_OK(co_await services.supervisor.cancel(job.id));
    co_return json_reply(200, Json::object());
  };
}

AsyncHandler resume_job() {
  return [](Services& services, Call call) -> Awaitable<Result<http::Response>> {
    ATHANOR_CO_TRY(const auto job, co_await services.pool.run([&services, &call] {
      return find_job(services, OwnerKind::model, call);
    }));
    if (!catalog::can_resume(job.action)) {
      co_return fail(ErrorCode::conflict,
                     fmt::format("a job of {} cannot be resumed, only train and retrain: post it "
                                 "again instead",
                                 job.action));
    }
    ATHANOR_CO_CHECK_OK(co_await services.supervisor.resume(job.id));
    co_return json_reply(200, Json::object());
  };
}

BlockingHandler download_job(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto job, find_job(services, kind, call));
    return download_reply(services, job);
  };
}

std::vector<http::ReplyDoc> with_errors(http::ReplyDoc reply) {
  return {std::move(reply), error_doc(400), error_doc(404)};
}

/// Builds the routes of one kind of owner, which differ in their paths alone.
class JobRoutes {
 public:
  JobRoutes(OwnerKind kind, std::vector<http::Route>& routes)
      : owner_(name_of(kind)),
        tag_(kind == OwnerKind::dataset ? "DATASET" : "MODEL"),
        routes_(routes) {}

  http::Route& add(http::Method method,
                   std::string_view tail,
                   std::string_view operation,
                   std::string summary,
                   http::ReplyDoc reply,
                   http::Handler handler) {
    auto route =
        new_route(method,
                  fmt::format("/api/v1/user/{{user_id}}/{0}/{{{0}_id}}/job{1}", owner_, tail),
                  fmt::format(fmt::runtime(operation), owner_),
                  tag_,
                  std::move(summary));
    route.path_parameters = {id_parameter("user_id"), id_parameter(owner_ + "_id")};
    if (!tail.empty()) {
      route.path_parameters.push_back(id_parameter("job_id"));
    }
    route.replies = with_errors(std::move(reply));
    route.handler = std::move(handler);
    return routes_.emplace_back(std::move(route));
  }

 private:
  std::string owner_;
  std::string tag_;
  std::vector<http::Route>& routes_;
};

}  // namespace

void add_job_routes(std::vector<http::Route>& routes, Services& services, OwnerKind kind) {
  using http::Method;
  const std::string json = "application/json";
  const http::ReplyDoc done{200, "Done", json, reference_to("Empty")};
  JobRoutes jobs(kind, routes);

  jobs.add(Method::get,
           "",
           "list_{}_jobs",
           "List jobs",
           page_doc("The jobs", "Job"),
           blocking(services, list_jobs(kind)))
      .query_parameters = paging_parameters({"date-descending", "date-ascending"});
  auto& run =
      jobs.add(Method::post,
               "",
               "run_{}_jobs",
               "Start a chain of actions",
               {201, "The IDs of the new jobs, one per action", json, reference_to("JobIds")},
               blocking_once(services, post_jobs(kind)));
  run.request_schema = reference_to("JobRequest");
  run.query_parameters = {preflight_parameter()};
  add_idempotency(run);
  add_conditions(jobs.add(Method::get,
                          "/{job_id}",
                          "get_{}_job",
                          "Retrieve a job",
                          {200, "The job", json, reference_to("Job")},
                          blocking(services, get_job(kind))));
  jobs.add(Method::delete_,
           "/{job_id}",
           "delete_{}_job",
           "Delete a finished job",
           done,
           async(services, delete_job(kind)));
  jobs.add(Method::post,
           "/{job_id}/cancel",
           "cancel_{}_job",
           "Cancel a job",
           done,
           async(services, cancel_job(kind)));
  if (kind == OwnerKind::model) {
    jobs.add(Method::post,
             "/{job_id}/resume",
             "resume_{}_job",
             "Go on with a training that was cancelled or failed",
             done,
             async(services, resume_job()));
  }
  jobs.add(Method::get,
           "/{job_id}/download",
           "download_{}_job",
           "Download what a job made",
           {200,
            "A tar.gz with everything below <job_id>/",
            "application/gzip",
            {{"type", "string"}, {"format", "binary"}}},
           blocking(services, download_job(kind)));
}

}  // namespace athanor::api
