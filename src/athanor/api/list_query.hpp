#pragma once

#include "athanor/http/message.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// The list parameters of contract 1.7. Lenient, as the original is: garbage in skip, size or
/// sort counts as not given; anything but "true" in read_only means false.
[[nodiscard]] store::ListQuery parse_list_query(const http::Request& request);

}  // namespace athanor::api
