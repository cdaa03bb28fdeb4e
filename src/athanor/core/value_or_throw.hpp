#pragma once

#include <stdexcept>
#include <string_view>
#include <utility>

#include "athanor/core/error.hpp"

/// From results to exceptions, for the compute plane alone, where most failures end the job. The
/// runner makes the text of any exception the job's FAILURE line. std::runtime_error says that a
/// file or a computation failed; std::invalid_argument, that the spec or the data do not suit,
/// which a caller may catch to do without them.
namespace athanor {

/// Throws the message of `error`; where there is a prefix, as `prefix: message`.
template <class Exception = std::runtime_error>
[[noreturn]] void throw_error(const Error& error, std::string_view prefix = {}) {
  throw Exception(prefix.empty() ? error.message : error.within(prefix).message);
}

/// Goes on where the status is good, or throws its error.
template <class Exception = std::runtime_error>
void throw_if_failed(const Status& status, std::string_view prefix = {}) {
  if (!status) {
    throw_error<Exception>(status.error(), prefix);
  }
}

/// The value of a result, or throws its error.
template <class Exception = std::runtime_error, class T>
[[nodiscard]] T value_or_throw(Result<T> result, std::string_view prefix = {}) {
  if (!result) {
    throw_error<Exception>(result.error(), prefix);
  }
  return *std::move(result);
}

}  // namespace athanor
