#include <string_view>

#include "target.hpp"

#include "athanor/api/automl_fields.hpp"
#include "athanor/api/body_fields.hpp"
#include "athanor/api/job_plan.hpp"
#include "athanor/api/model_links.hpp"
#include "athanor/jobs/job_snapshot.hpp"

namespace athanor::fuzz {

namespace {

void read_model(const api::BodyFields& fields) {
  for (const auto* name : {"name", "description", "version", "network_arch"}) {
    const auto text = fields.text(name);
    require(!text || !*text || (*text)->find('\0') == std::string::npos, "no text holds NUL");
  }
  static_cast<void>(fields.url("logo"));
  static_cast<void>(fields.boolean("read_only"));
  static_cast<void>(api::parse_links(fields));
  const auto automl = api::parse_automl(fields);
  Json stored = Json::object();
  if (automl && api::apply_automl(*automl, true, stored)) {
    require(stored.is_object(), "AutoML fields are an object");
  }
}

}  // namespace

/// The input is the body of any POST, PUT or PATCH.
void record_body(std::string_view input) {
  const auto body = parse_json(input);
  if (!body) {
    return;
  }
  const auto again = parse_json(to_text(*body));
  require(again && *again == *body, "JSON is written so that it is read as the same");
  if (const auto fields = api::BodyFields::of(*body)) {
    read_model(*fields);
  }
  if (const auto groups = api::parse_job_groups(*body)) {
    require(!groups->empty(), "a good post has jobs");
    for (const auto& group : *groups) {
      require(!group.actions.empty(), "every chain has an action");
    }
  }
  if (const auto snapshot = jobs::job_snapshot_from_json(*body)) {
    require(jobs::job_snapshot_from_json(jobs::to_json(*snapshot)).has_value(),
            "a snapshot is read as it was written");
  }
}

}  // namespace athanor::fuzz
