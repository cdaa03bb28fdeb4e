#include <algorithm>
#include <string>
#include <string_view>

#include "target.hpp"

#include "athanor/api/problem.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/http/detail/correlation.hpp"
#include "athanor/http/entity_tag.hpp"

namespace athanor::fuzz {

namespace {

void visit_tags(std::string_view field) {
  const bool found = http::any_tag(field, [field](std::string_view tag) {
    require(!tag.empty() && tag.data() >= field.data() &&
                tag.data() + tag.size() <= field.data() + field.size(),
            "a tag lies in the list");
    return false;
  });
  require(!found || field.find('*') != field.npos, "only * stands for every tag");
}

void ask_for_form(std::string_view accept) {
  auto reply = api::error_reply(404, "Job not found");
  api::offer_problem(accept, reply);
  const auto body = parse_json(std::get<std::string>(reply.body));
  require(body && body->at("error_code") == 404 && body->at("error_desc") == "Job not found",
          "a failure keeps its two keys whatever form is asked for");
}

void correlate(std::string_view field) {
  http::Headers headers;
  headers.add("X-Request-Id", std::string(field));
  headers.add("traceparent", std::string(field));
  const auto id = http::detail::wanted_request_id(headers);
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
  require(id.size() <= limits::request_id_bytes && std::all_of(id.begin(), id.end(), is_plain),
          "an id fits into a line of the log");
  const auto trace = http::detail::trace_id(headers);
  require(trace.empty() || (trace.size() == 32 && field.find(trace) != field.npos),
          "a trace's id is 32 digits of the field");
}

}  // namespace

/// The input is the value of a header field: a list of entity tags, of accepted types, an id.
void request_field(std::string_view input) {
  visit_tags(input);
  ask_for_form(input);
  correlate(input);
}

}  // namespace athanor::fuzz
