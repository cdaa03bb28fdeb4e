#pragma once

#include <string>

#include <tl/expected.hpp>

namespace athanor::http::detail {

/// Why a request is answered without asking any handler.
struct Refusal {
  int status = 400;
  std::string message;
};

template <class T>
using OrRefusal = tl::expected<T, Refusal>;

[[nodiscard]] inline tl::unexpected<Refusal> refuse(int status, std::string message) {
  return tl::unexpected<Refusal>(Refusal{status, std::move(message)});
}

}  // namespace athanor::http::detail
