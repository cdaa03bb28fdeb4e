#pragma once

#include "athanor/api/body_fields.hpp"
#include "athanor/api/services.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// The links a body asks for, parsed but not yet checked against the store.
struct ModelLinks {
  LinkChange ptm;
  LinkChange train;
  LinkChange eval;
  LinkChange inference;
  LinkChange calibration;
};

[[nodiscard]] Result<ModelLinks> parse_links(const BodyFields& fields);

/// Puts the links into `model`: datasets must be the user's, of the network's type, and labelled
/// for training and evaluation; a ptm must be readable and of the same network. The error names
/// the field.
[[nodiscard]] Status apply_links(Services& services,
                                 const ModelLinks& links,
                                 store::ModelRecord& model);

}  // namespace athanor::api
