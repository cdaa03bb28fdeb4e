#include <string_view>

#include "target.hpp"

#include "athanor/contract/job_request.hpp"

namespace athanor::fuzz {

/// The input is a job.json.
void job_request(std::string_view input) {
  const auto json = parse_json(input);
  const auto request = json ? contract::job_request_from_json(*json)
                            : Result<contract::JobRequest>(fail(json.error()));
  if (request) {
    const auto written = contract::to_json(*request);
    const auto again = contract::job_request_from_json(written);
    require(again && contract::to_json(*again) == written, "a request is read as it was written");
  }
}

}  // namespace athanor::fuzz
