#pragma once

#include <optional>
#include <utility>

#include "athanor/core/error.hpp"
#include "athanor/store/store.hpp"

namespace athanor::api {

/// The record that `get` reads once every change under way has ended, or none: a database that went
/// away may have committed what it did not acknowledge. Blocks.
template <class Get>
auto settled_record(store::Store& store, const Get& get)
    -> Result<std::optional<typename decltype(get())::value_type>> {
  std::optional<typename decltype(get())::value_type> found;
  ATHANOR_CHECK_OK(store.atomically([&]() -> Status {
    auto record = get();
    if (!record && record.error().code != ErrorCode::not_found) {
      return fail(record.error());
    }
    if (record) {
      found = *std::move(record);
    }
    return {};
  }));
  return found;
}

}  // namespace athanor::api
