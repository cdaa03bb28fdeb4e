#pragma once

#include <atomic>

#include "athanor/async/blocking_pool.hpp"
#include "athanor/http/server.hpp"

namespace athanor::http::detail {

/// What all sessions of a server share; read-only while they run, but for the pool and the flag.
struct ServerContext {
  ServerOptions options;
  ErrorRenderer render_error;
  Router router{{}};
  Guard guard = nullptr;  ///< May be empty.
  BlockingPool files{1};  ///< Reads the files that replies consist of.
  std::atomic<bool> stopping = false;
};

}  // namespace athanor::http::detail
