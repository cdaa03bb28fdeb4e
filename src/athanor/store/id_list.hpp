#pragma once

#include <functional>
#include <span>
#include <string>

#include "athanor/store/connection.hpp"

namespace athanor::store {

/// ":id0, :id1, ..." for IN (...), and what to bind.
struct IdList {
  std::string placeholders;
  Values values;
};

/// Splits the ids into lists that both databases accept.
void for_each_id_list(std::span<const Uuid> ids, const std::function<void(const IdList&)>& use);

}  // namespace athanor::store
