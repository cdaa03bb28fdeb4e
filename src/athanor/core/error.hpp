#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace athanor {

/// What kind of failure it is. api/reply.cpp maps every kind to an HTTP status and cli/ to an exit
/// code; both tables are tested for completeness.
enum class ErrorCode {
  invalid_argument,  ///< The caller's input is wrong; the message names the field and the mend.
  unauthorized,      ///< No valid credentials.
  forbidden,         ///< Valid credentials, but not for this.
  not_found,         ///< The thing is not there (or not the caller's, which must look the same).
  conflict,          ///< The present state does not allow it.
  outdated,          ///< The caller's condition (If-Match) does not hold for the present state.
  too_large,         ///< A documented limit (core/limits.hpp) is exceeded.
  unsupported,       ///< Well-formed, but this build or network cannot do it.
  unavailable,       ///< Try again later.
  timed_out,         ///< Whoever was to send something was silent or slow for too long.
  io,                ///< Disk, socket or database failed.
  internal,          ///< A bug of ours.
};

/// Every value of ErrorCode, for tables and their tests.
inline constexpr ErrorCode all_error_codes[] = {
    ErrorCode::invalid_argument,
    ErrorCode::unauthorized,
    ErrorCode::forbidden,
    ErrorCode::not_found,
    ErrorCode::conflict,
    ErrorCode::outdated,
    ErrorCode::too_large,
    ErrorCode::unsupported,
    ErrorCode::unavailable,
    ErrorCode::timed_out,
    ErrorCode::io,
    ErrorCode::internal,
};

/// Stable lower-case name of a code, for logs.
[[nodiscard]] std::string_view name_of(ErrorCode code);

/// An expected failure. `message` is shown to users: it names the field, file or line and the
/// mend, and never holds secrets or server paths.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;

  /// The same error with `prefix: ` before its message.
  [[nodiscard]] Error within(std::string_view prefix) const;
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;

  Result() = default;

  // NOLINTNEXTLINE(google-explicit-constructor): results of map/and_then convert back.
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};

using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace athanor

#define ATHANOR_CONCAT_INNER(a, b) a##b
#define ATHANOR_CONCAT(a, b) ATHANOR_CONCAT_INNER(a, b)

/// ATHANOR_TRY(auto value, expression): the value of a Result, or return its error.
#define ATHANOR_TRY(declaration, expression)                                 \
  auto ATHANOR_CONCAT(athanor_result_, __LINE__) = (expression);             \
  if (!ATHANOR_CONCAT(athanor_result_, __LINE__)) {                          \
    return athanor::fail(ATHANOR_CONCAT(athanor_result_, __LINE__).error()); \
  }                                                                          \
  declaration = std::move(*ATHANOR_CONCAT(athanor_result_, __LINE__))

/// ATHANOR_CHECK_OK(expression): go on if the Status is good, or return its error.
#define ATHANOR_CHECK_OK(expression)                         \
  if (auto athanor_status = (expression); !athanor_status) { \
    return athanor::fail(std::move(athanor_status).error()); \
  }

/// The two above inside a coroutine. The result is named first, because GCC 12 may lay out the
/// frame wrongly when a condition awaits.
#define ATHANOR_CO_TRY(declaration, expression)                                 \
  auto ATHANOR_CONCAT(athanor_result_, __LINE__) = (expression);                \
  if (!ATHANOR_CONCAT(athanor_result_, __LINE__)) {                             \
    co_return athanor::fail(ATHANOR_CONCAT(athanor_result_, __LINE__).error()); \
  }                                                                             \
  declaration = std::move(*ATHANOR_CONCAT(athanor_result_, __LINE__))

#define ATHANOR_CO_CHECK_OK(expression)                                         \
  auto ATHANOR_CONCAT(athanor_status_, __LINE__) = (expression);                \
  if (!ATHANOR_CONCAT(athanor_status_, __LINE__)) {                             \
    co_return athanor::fail(ATHANOR_CONCAT(athanor_status_, __LINE__).error()); \
  }
