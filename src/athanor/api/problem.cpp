#include "athanor/api/problem.hpp"

#include <algorithm>
#include <string>
#include <strings.h>

#include "athanor/core/json.hpp"
#include "athanor/http/reason.hpp"

namespace athanor::api {

namespace {

constexpr std::string_view problem_type = "application/problem+json";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// "q=0" and "q=0.000" say "anything but this".
bool is_excluded(std::string_view parameters) {
  const auto weight = parameters.find("q=0");
  return weight != std::string_view::npos &&
         parameters.find_first_of("123456789", weight) == std::string_view::npos;
}

bool names_problem(std::string_view accept) {
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    const auto range = accept.substr(0, comma);
    const auto semicolon = std::min(range.find(';'), range.size());
    const auto name = trimmed(range.substr(0, semicolon));
    if (name.size() == problem_type.size() &&
        strncasecmp(name.data(), problem_type.data(), name.size()) == 0) {
      return !is_excluded(range.substr(semicolon));
    }
    accept = comma == std::string_view::npos ? std::string_view() : accept.substr(comma + 1);
  }
  return false;
}

}  // namespace

void offer_problem(std::string_view accept, http::Response& reply) {
  const auto* text = std::get_if<std::string>(&reply.body);
  if (text == nullptr || !names_problem(accept)) {
    return;
  }
  const auto envelope = parse_json(*text);
  if (!envelope || !envelope->is_object() || !envelope->contains("error_desc")) {
    return;
  }
  const Json problem = {{"type", "about:blank"},
                        {"title", http::reason_of(reply.status)},
                        {"status", reply.status},
                        {"detail", envelope->at("error_desc")},
                        {"error_desc", envelope->at("error_desc")},
                        {"error_code", envelope->at("error_code")}};
  reply.body = to_text(problem) + "\n";
  reply.headers.set("Content-Type", std::string(problem_type));
  reply.headers.set("Vary", "Accept");
}

}  // namespace athanor::api
