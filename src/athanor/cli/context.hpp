#pragma once

#include "athanor/cli/client.hpp"
#include "athanor/cli/exit_code.hpp"

namespace athanor::cli {

/// What every client command needs.
struct Context {
  Client client;
  bool json = false;  ///< Print the server's JSON instead of text for people.
};

}  // namespace athanor::cli
