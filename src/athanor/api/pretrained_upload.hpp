#pragma once

#include "athanor/api/call.hpp"

namespace athanor::api {

/// POST .../pretrained: socket → multipart → staging folder → `athanor-worker import` → the
/// folder's last name → record. A failure or a sudden end leaves nothing.
[[nodiscard]] Awaitable<Result<http::Response>> add_pretrained(Services& services, Call call);

/// A record of it as these operations show it.
[[nodiscard]] Json pretrained_json(const store::ModelRecord& model);

/// forbidden unless the user is an administrator, or everybody is anybody.
[[nodiscard]] Status check_admin(Services& services, Uuid user);

}  // namespace athanor::api
