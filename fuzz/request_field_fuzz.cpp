#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "athanor/api/problem.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/http/entity_tag.hpp"

/// Lists of entity tags and of accepted types: the tags that are visited lie in the list, and a
/// failure keeps its two keys whatever form is asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  athanor::http::any_tag(field, [field](std::string_view tag) {
    if (tag.empty() || tag.data() < field.data() ||
        tag.data() + tag.size() > field.data() + field.size()) {
      std::abort();
    }
    return false;
  });
  auto reply = athanor::api::error_reply(404, "Job not found");
  athanor::api::offer_problem(field, reply);
  const auto body = athanor::parse_json(std::get<std::string>(reply.body));
  if (!body || body->at("error_code") != 404 || body->at("error_desc") != "Job not found") {
    std::abort();
  }
  return 0;
}
