#pragma once

#include <string>
#include <vector>

#include "athanor/cli/client.hpp"
#include "athanor/cli/exit_code.hpp"

namespace athanor::cli {

/// What every client command needs.
struct Context {
  Client client;
  bool json = false;  ///< Print the server's JSON instead of text for people.
};

// What commands print in the one form or the other.

/// The id of what was made, so that scripts can keep it; with --json the record.
void print_made(const Context& context, const Json& record);

/// A table of records with these members as columns.
void print_list(const Context& context, const Json& records, const std::vector<std::string>& keys);

/// One record, a member a line.
void print_record(const Context& context, const Json& record, const std::vector<std::string>& keys);

/// A note that something was done; with --json the server's reply.
void print_done(const Context& context, const Json& reply, const std::string& note);

}  // namespace athanor::cli
