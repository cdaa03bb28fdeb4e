#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/api/call.hpp"
#include "athanor/spec/schema.hpp"
#include "athanor/store/records.hpp"

/// What datasets and models have in common: specs and jobs hang from either.
namespace athanor::api {

struct Resource {
  store::OwnerKind kind = store::OwnerKind::model;
  Uuid id;
  std::string subject;                        ///< Of its parameter tables: network or dataset type.
  std::vector<std::string> known_actions;     ///< With a schema.
  std::vector<std::string> runnable_actions;  ///< What `actions` lists.
  spec::SchemaContext context;                ///< What its schemas take from it, as it is now.
};

/// "Dataset" or "Model", for messages.
[[nodiscard]] std::string_view label_of(store::OwnerKind kind);

/// The resource of the path, if it is the user's own.
[[nodiscard]] Result<Resource> own_resource(Services& services,
                                            store::OwnerKind kind,
                                            const Call& call);

/// The same, or a public model of another user.
[[nodiscard]] Result<Resource> readable_resource(Services& services,
                                                 store::OwnerKind kind,
                                                 const Call& call);

/// What the schemas of an action take from the resource. A retraining starts from what a training
/// made: its defaults follow `training`, where there is one, in place of the model's ptm.
[[nodiscard]] spec::SchemaContext schema_context(Services& services,
                                                 const Resource& resource,
                                                 std::string_view action,
                                                 const std::optional<store::JobRecord>& training);

/// The same where no job says which training that is: the newest one that is Done.
[[nodiscard]] Result<spec::SchemaContext> schema_context(Services& services,
                                                         const Resource& resource,
                                                         std::string_view action);

/// Its jobs, newest first.
[[nodiscard]] Result<std::vector<store::JobRecord>> jobs_of(Services& services,
                                                            store::OwnerKind kind,
                                                            Uuid id);

/// A page of records with the jobs of the user's own ones, and X-Pagination-Total.
template <class Record>
[[nodiscard]] Result<http::Response> list_reply(Services& services,
                                                store::OwnerKind kind,
                                                Uuid user,
                                                const store::Page<Record>& page);

/// Removes the resource's record with its jobs; what it does in the store comes from outside. Used
/// from the blocking pool.
using Removal = std::function<Result<http::Response>()>;

/// Cancels what runs or waits for the resource, waits for the workers to be gone and calls
/// `remove`; all of it again where a job came meanwhile. The supervisor removes the files.
[[nodiscard]] Awaitable<Result<http::Response>> delete_with_jobs(Services& services,
                                                                 store::OwnerKind kind,
                                                                 Uuid id,
                                                                 const Removal& remove);

}  // namespace athanor::api
