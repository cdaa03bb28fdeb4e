#include <memory>
#include <string>

#include "support/temp_dir.hpp"
#include "unit/http/curl_client.hpp"
#include "unit/http/test_server.hpp"
#include <curl/curl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "athanor/core/files.hpp"

// libcurl and OpenSSL's client as peers.
namespace athanor::http {
namespace {

using athanor::testing::TempDir;
using testing::CurlClient;
using testing::echo;
using testing::fetch;
using ::testing::HasSubstr;
using testing::make_certificate;
using testing::RawClient;
using testing::route;
using testing::TestServer;
using testing::text;
using namespace std::chrono_literals;

const std::string large_body(3'000'000, 'x');

std::vector<Route> tls_routes() {
  auto post = route(Method::post, "/echo", echo());
  post.body_limit = UINT64_MAX;
  return {
      route(Method::get, "/a", text("one")), route(Method::get, "/large", text(large_body)), post};
}

ServerOptions options_with(const TlsFiles& files) {
  ServerOptions options;
  options.tls = files;
  return options;
}

/// OpenSSL's client over a connection to the server; trusts anyone.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port) : connection_(port) {
    SSL_set_fd(session_.get(), connection_.socket());
    connected_ = SSL_connect(session_.get()) == 1;
  }

  [[nodiscard]] bool connected() const { return connected_; }

  void send(std::string_view text) {
    SSL_write(session_.get(), text.data(), static_cast<int>(text.size()));
  }

  std::string read_to_close() {
    std::string all;
    std::string piece(65536, '\0');
    int count = 0;
    while ((count = SSL_read(session_.get(), piece.data(), 65536)) > 0) {
      all.append(piece, 0, static_cast<std::size_t>(count));
    }
    said_goodbye_ = SSL_get_error(session_.get(), count) == SSL_ERROR_ZERO_RETURN;
    return all;
  }

  /// Whether the server's last word was TLS's "close notify".
  [[nodiscard]] bool said_goodbye() const { return said_goodbye_; }

 private:
  RawClient connection_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_client_method()),
                                                             SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> session_{SSL_new(context_.get()), SSL_free};
  bool connected_ = false;
  bool said_goodbye_ = false;
};

class Tls : public ::testing::Test {
 protected:
  [[nodiscard]] std::string url(std::string_view path) const {
    return fmt::format("https://127.0.0.1:{}{}", server_.port(), path);
  }

  [[nodiscard]] std::string ca() const { return files_.certificate.string(); }

  TempDir folder_;
  TlsFiles files_ = make_certificate(folder_.path());
  TestServer server_{tls_routes(), options_with(files_)};
};

TEST_F(Tls, ServesThoseWhoTrustItsCertificate) {
  const auto reply = fetch(url("/a"), {.ca_file = ca()});
  EXPECT_EQ(reply.error, CURLE_OK);
  EXPECT_EQ(reply.body, "one");
  const auto other = make_certificate(folder_.path(), "other");
  EXPECT_EQ(fetch(url("/a"), {.ca_file = other.certificate.string()}).error,
            CURLE_PEER_FAILED_VERIFICATION);
}

TEST_F(Tls, KeepsConnections) {
  CurlClient client;
  EXPECT_EQ(client.perform(url("/a"), {.ca_file = ca()}).new_connections, 1);
  EXPECT_EQ(client.perform(url("/large"), {.ca_file = ca()}).new_connections, 0);
  EXPECT_EQ(client.perform(url("/a"), {.ca_file = ca()}).new_connections, 0);
}

TEST_F(Tls, CarriesLargeBodiesBothWays) {
  const auto reply = fetch(url("/echo"), {.method = "POST", .body = large_body, .ca_file = ca()});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body.size(), large_body.size());
  EXPECT_TRUE(reply.body == large_body);
}

TEST_F(Tls, OldVersionsAreRefused) {
  EXPECT_EQ(fetch(url("/a"), {.ca_file = ca(), .newest_tls = CURL_SSLVERSION_MAX_TLSv1_2}).status,
            200);
  EXPECT_EQ(fetch(url("/a"), {.ca_file = ca(), .newest_tls = CURL_SSLVERSION_MAX_TLSv1_1}).error,
            CURLE_SSL_CONNECT_ERROR);
}

TEST_F(Tls, PlainHttpGetsNoReply) {
  const auto reply = testing::exchange(server_.port(), "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(reply.find("HTTP"), std::string::npos) << reply;
}

TEST_F(Tls, EveryConnectionEndsWithAGoodbye) {
  TlsClient client(server_.port());
  ASSERT_TRUE(client.connected());
  client.send("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read_to_close().size(), ::testing::Gt(large_body.size()));
  EXPECT_TRUE(client.said_goodbye());
}

TEST_F(Tls, RefusedBodiesDoNotHideTheReply) {
  TlsClient client(server_.port());
  ASSERT_TRUE(client.connected());
  client.send("POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nabc");
  EXPECT_THAT(client.read_to_close(), HasSubstr("404 Not Found"));
  EXPECT_TRUE(client.said_goodbye());
}

TEST_F(Tls, APeerThatGoesAwayHarmsNobody) {
  for (int i = 0; i < 5; ++i) {
    TlsClient client(server_.port());
    client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  EXPECT_EQ(fetch(url("/a"), {.ca_file = ca()}).body, "one");
}

TEST_F(Tls, AReloadServesTheNewCertificate) {
  const auto old = folder_.path() / "old.crt";
  std::filesystem::copy_file(files_.certificate, old);
  make_certificate(folder_.path());
  ASSERT_TRUE(server_.server().reload_tls());
  EXPECT_EQ(fetch(url("/a"), {.ca_file = ca()}).status, 200);
  EXPECT_EQ(fetch(url("/a"), {.ca_file = old.string()}).error, CURLE_PEER_FAILED_VERIFICATION);
}

TEST_F(Tls, AFailedReloadKeepsTheOldCertificate) {
  const auto old = folder_.path() / "old.crt";
  std::filesystem::copy_file(files_.certificate, old);
  ASSERT_TRUE(write_file_atomic(files_.certificate, "nonsense"));
  EXPECT_FALSE(server_.server().reload_tls());
  EXPECT_EQ(fetch(url("/a"), {.ca_file = old.string()}).status, 200);
}

TEST(TlsHandshake, OneThatDoesNotComeInTimeIsGivenUp) {
  const TempDir folder;
  auto options = options_with(make_certificate(folder.path()));
  options.deadlines.header = 50ms;
  TestServer server(tls_routes(), options);
  RawClient client(server.port());
  client.send("\x16\x03\x01");  // The first bytes of one.
  EXPECT_EQ(client.read_to_close(), "");
}

class TlsFileErrors : public ::testing::Test {
 protected:
  /// What listen() says about the two files.
  std::string error_of(const TlsFiles& files) {
    Server server(options_with(files), [](int, const std::string&) { return Response{}; });
    const auto status = server.listen();
    return status ? "" : status.error().message;
  }

  std::filesystem::path file_with(const std::string& name, const std::string& content) {
    EXPECT_TRUE(write_file_atomic(folder_.path() / name, content));
    return folder_.path() / name;
  }

  TempDir folder_;
  TlsFiles good_ = make_certificate(folder_.path());
};

TEST_F(TlsFileErrors, GoodFilesHaveNone) {
  EXPECT_EQ(error_of(good_), "");
}

TEST_F(TlsFileErrors, MissingFilesAreNamedWithTheirOption) {
  EXPECT_EQ(error_of({folder_.path() / "no.crt", good_.key}),
            "--tls-certificate: cannot open no.crt: No such file or directory");
  EXPECT_EQ(error_of({good_.certificate, folder_.path() / "no.key"}),
            "--tls-key: cannot open no.key: No such file or directory");
}

TEST_F(TlsFileErrors, OtherContentIsNamed) {
  const auto text = file_with("text", "hello");
  EXPECT_EQ(error_of({text, good_.key}),
            "--tls-certificate: text holds no certificate in PEM form");
  EXPECT_THAT(error_of({good_.certificate, text}), HasSubstr("--tls-key: text holds no private"));
}

TEST_F(TlsFileErrors, AnotherCertificatesKeyIsNamed) {
  const auto other = make_certificate(folder_.path(), "other");
  EXPECT_EQ(error_of({good_.certificate, other.key}),
            "--tls-key: other.key is not the key of the certificate");
}

TEST_F(TlsFileErrors, AKeyWithAPassphraseIsRefusedAndNotAskedFor) {
  const auto locked = folder_.path() / "locked.key";
  const auto command = fmt::format("openssl pkey -aes256 -passout pass:secret -in {} -out {}",
                                   good_.key.string(),
                                   locked.string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_THAT(error_of({good_.certificate, locked}), HasSubstr("needs a passphrase"));
}

}  // namespace
}  // namespace athanor::http
