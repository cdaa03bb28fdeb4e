#pragma once

#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::api {

/// Tells the service manager that started this process how it is (sd_notify(3)): "READY=1",
/// "STOPPING=1", "WATCHDOG=1". Does nothing where none asked to be told ($NOTIFY_SOCKET).
[[nodiscard]] Status notify_service_manager(std::string_view state);

}  // namespace athanor::api
