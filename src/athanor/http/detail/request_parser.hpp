#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "athanor/http/detail/refusal.hpp"
#include "athanor/http/message.hpp"

namespace athanor::http::detail {

/// Request line and header fields as they came. Trailers of a chunked body never get here.
struct RequestHead {
  std::optional<Method> method;  ///< Nullopt for a method that we do not serve.
  std::string method_name;
  std::string target;
  int version = 11;  ///< 10 or 11.
  bool keep_alive = false;
  Headers headers;
};

/// Parses one request; a wrapper of Beast's parser that takes bytes as they come.
class RequestParser {
 public:
  RequestParser();
  ~RequestParser();

  struct HeadProgress {
    std::size_t consumed = 0;
    bool done = false;  ///< Else more bytes are needed, with what was not consumed before them.
  };

  [[nodiscard]] OrRefusal<HeadProgress> parse_head(std::string_view bytes);

  /// Once parse_head() is done.
  [[nodiscard]] RequestHead take_head();

  struct ChunkProgress {
    std::size_t consumed = 0;
    std::size_t produced = 0;  ///< Bytes of the body written to the output.
    bool done = false;
  };

  /// Unwraps a part of a chunked body. Nothing produced and not done: more bytes are needed, with
  /// what was not consumed before them.
  [[nodiscard]] OrRefusal<ChunkProgress> parse_chunks(std::string_view bytes,
                                                      std::span<char> output);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace athanor::http::detail
