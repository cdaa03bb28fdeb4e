#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/error.hpp"

/// Requests and replies as handlers see them. Nothing of Beast shows here, so handlers compile
/// quickly and the library can be exchanged (docs/adr).
namespace athanor::http {

enum class Method { get, head, post, put, patch, delete_, options };

[[nodiscard]] std::string_view name_of(Method method);

/// Header fields in order; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value);
  void set(std::string_view name, std::string value);

  /// The first value, or nullopt.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  /// The values of all fields of this name, with commas between them (RFC 9110 section 5.3).
  [[nodiscard]] std::string joined(std::string_view name) const;

  /// How many fields have this name.
  [[nodiscard]] std::size_t count(std::string_view name) const;

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// The body of a request, pulled piece by piece: memory stays flat whatever its size.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  /// Fills a part of `buffer`; 0 bytes means the end. Errors: too_large over the route's limit,
  /// io when the peer went away, timed_out when its deadline passed.
  virtual Awaitable<Result<std::size_t>> read_some(std::span<char> buffer) = 0;
};

/// The whole body as text, refused as too_large over `max_bytes`.
Awaitable<Result<std::string>> read_all(BodyReader& body, std::size_t max_bytes);

struct Request {
  Method method = Method::get;
  std::string path;  ///< Percent-decoded, `//` collapsed, without the query.
  std::vector<std::pair<std::string, std::string>> query;  ///< Decoded; `+` is a space.
  Headers headers;
  std::vector<std::pair<std::string, std::string>> path_parameters;  ///< Of the route's pattern.
  std::string request_id;      ///< Of the client's choice or ours; stands in log lines and replies.
  std::string trace_id;        ///< Of the client's traceparent; empty without one.
  std::string peer;            ///< Address of the client, for the log.
  BodyReader* body = nullptr;  ///< Valid while the handler runs; never null there.

  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const;

  /// The value of a path parameter that the route declares.
  [[nodiscard]] const std::string& path_parameter(std::string_view name) const;
};

/// A file sent with range support (RFC 9110 section 14); validators from size and mtime.
struct FileBody {
  std::filesystem::path path;
  std::string content_type;
};

/// A body made while it is sent (chunked). `next` fills `buffer` and gives the bytes written;
/// 0 is the end, an error closes the connection so that the client sees a broken transfer.
/// It runs on the connection's executor; what blocks goes through a BlockingPool.
struct StreamBody {
  std::function<Awaitable<Result<std::size_t>>(std::span<char> buffer)> next;
  std::size_t buffer_bytes = 64 * 1024;  ///< Of the buffer that `next` gets, held to the end.
};

struct Response {
  int status = 200;
  Headers headers;
  std::variant<std::string, FileBody, StreamBody> body;
};

}  // namespace athanor::http
