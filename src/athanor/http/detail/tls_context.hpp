#pragma once

#include <memory>

#include <openssl/ssl.h>

#include "athanor/core/error.hpp"
#include "athanor/http/server.hpp"

namespace athanor::http::detail {

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

  void operator()(SSL* session) const { SSL_free(session); }
};

/// A server's certificate and key with the rules for its connections. Immutable.
class TlsContext {
 public:
  /// Errors name the file and the mend.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files);

  /// The state of one new connection over a socket, on the server's side. Throws std::bad_alloc.
  [[nodiscard]] std::unique_ptr<SSL, FreeTls> new_session(int socket) const;

 private:
  explicit TlsContext(std::unique_ptr<SSL_CTX, FreeTls> context) : context_(std::move(context)) {}

  std::unique_ptr<SSL_CTX, FreeTls> context_;
};

}  // namespace athanor::http::detail
