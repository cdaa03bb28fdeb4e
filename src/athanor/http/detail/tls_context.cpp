#include "athanor/http/detail/tls_context.hpp"

#include <new>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509err.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::http::detail {

namespace {

constexpr std::size_t largest_file = limits::mib;

/// Without this, OpenSSL asks for a passphrase on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writes*/, void* /*argument*/) {
  return -1;
}

/// Says why a file cannot be read, which OpenSSL does not.
Status check_readable(const std::filesystem::path& file, const char* option) {
  auto content = read_file(file, largest_file);
  if (!content) {
    return fail(content.error().within(option));
  }
  return {};
}

Status use_files(SSL_CTX* context, const TlsFiles& files) {
  ATHANOR_CHECK_OK(check_readable(files.certificate, "--tls-certificate"));
  ATHANOR_CHECK_OK(check_readable(files.key, "--tls-key"));
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("--tls-certificate: {} holds no certificate in PEM form",
                            files.certificate.filename().string()));
  }
  ERR_clear_error();
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                          ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
    const char* const problem =
        mismatch ? "is not the key of the certificate"
                 : "holds no private key in PEM form, or one that needs a passphrase";
    return fail(ErrorCode::invalid_argument,
                fmt::format("--tls-key: {} {}", files.key.filename().string(), problem));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files) {
  std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_server_method()));
  if (!context) {
    throw std::bad_alloc();
  }
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  // Idle connections are many and should hold no buffers; replies are sent from wherever they lie.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const auto used = use_files(context.get(), files);
  ERR_clear_error();
  if (!used) {
    return fail(used.error());
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context)));
}

std::unique_ptr<SSL, FreeTls> TlsContext::new_session(int socket) const {
  std::unique_ptr<SSL, FreeTls> session(SSL_new(context_.get()));
  if (!session || SSL_set_fd(session.get(), socket) != 1) {
    throw std::bad_alloc();
  }
  SSL_set_accept_state(session.get());
  return session;
}

}  // namespace athanor::http::detail
