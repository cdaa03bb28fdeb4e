#include "athanor/cli/client.hpp"

#include <cerrno>
#include <fcntl.h>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

#include "athanor/cli/output.hpp"
#include "athanor/cli/request_error.hpp"
#include "athanor/cli/token_cache.hpp"
#include "athanor/cli/url_text.hpp"
#include "athanor/core/files.hpp"

namespace athanor::cli {

namespace {

constexpr long connect_timeout_seconds = 5;
constexpr long reply_timeout_seconds = 120;
constexpr long silence_seconds = 60;  ///< Of a stream; its heartbeats are more frequent.

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct FreeMime {
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

/// Receives a reply: into memory, or into a file as long as the status is good.
struct Receiver {
  CURL* handle = nullptr;
  std::string text;
  int fd = -1;
  std::uint64_t written = 0;
  const std::function<void(std::uint64_t)>* on_progress = nullptr;
  const std::function<Result<bool>(std::string_view)>* on_bytes = nullptr;
  bool enough = false;
  std::optional<Error> failure;

  std::size_t take(std::string_view bytes) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (on_bytes != nullptr && status < 300) {
      auto more = (*on_bytes)(bytes);
      if (!more) {
        failure = more.error();
      }
      enough = more && !*more;
      return failure || enough ? 0 : bytes.size();
    }
    if (fd < 0 || status >= 300) {
      text.append(bytes);
      return bytes.size();
    }
    if (auto done = write_all(fd, bytes); !done) {
      failure = done.error();
      return 0;
    }
    written += bytes.size();
    if (*on_progress) {
      (*on_progress)(written);
    }
    return bytes.size();
  }
};

std::size_t receive(char* data, std::size_t size, std::size_t count, void* receiver) {
  return static_cast<Receiver*>(receiver)->take({data, size * count});
}

/// Feeds an upload to libcurl and remembers why it stopped.
struct Sender {
  Upload* upload = nullptr;
  std::uint64_t sent = 0;
  std::optional<Error> failure;
};

std::size_t send_piece(char* buffer, std::size_t size, std::size_t count, void* argument) {
  auto& sender = *static_cast<Sender*>(argument);
  auto read = sender.upload->source({buffer, size * count});
  if (!read) {
    sender.failure = read.error();
    return CURL_READFUNC_ABORT;
  }
  sender.sent += *read;
  if (sender.upload->on_progress) {
    sender.upload->on_progress(sender.sent);
  }
  return *read;
}

std::unique_ptr<curl_slist, FreeList> header_list(const std::vector<std::string>& lines) {
  curl_slist* list = nullptr;
  for (const auto& line : lines) {
    list = curl_slist_append(list, line.c_str());
  }
  return std::unique_ptr<curl_slist, FreeList>(list);
}

/// libcurl's process-wide state; set up once, by the first client.
void initialise_curl() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)done;
}

}  // namespace

struct Client::Implementation {
  Connection connection;
  std::unique_ptr<CURL, FreeHandle> handle;
  std::string user = default_user;
  Secret<std::string> token = {};  ///< Empty before sign_in(), and without an API key.

  /// Resets the handle (its connection stays open) and aims it at a path of the user.
  CURL* prepare(std::string_view path, const char* method) {
    CURL* curl = prepare_for(fmt::format("/user/{}{}", user, path), method);
    if (!token.expose().empty()) {
      curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
      curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token.expose().c_str());
    }
    return curl;
  }

  CURL* prepare_for(std::string_view path, const char* method) {
    CURL* curl = handle.get();
    curl_easy_reset(curl);
    const auto url = fmt::format("{}/api/v1{}", connection.url, path);
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    if (!connection.ca_certificate.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, connection.ca_certificate.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "athanor/" ATHANOR_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_timeout_seconds);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &receive);
    return curl;
  }

  /// Runs the prepared request; a good status leaves the reply in `receiver`.
  Status perform(Receiver& receiver) {
    receiver.handle = handle.get();
    curl_easy_setopt(receiver.handle, CURLOPT_WRITEDATA, &receiver);
    const CURLcode code = curl_easy_perform(receiver.handle);
    long status = 0;
    curl_easy_getinfo(receiver.handle, CURLINFO_RESPONSE_CODE, &status);
    if (receiver.failure) {
      return fail(*receiver.failure);
    }
    if (receiver.enough) {
      return {};
    }
    // A refused upload may end in a broken pipe after the reply has come; the reply says more.
    if (status >= 300) {
      return fail(reply_error(status, receiver.text));
    }
    if (code != CURLE_OK) {
      return fail(transport_error(code, connection.url));
    }
    return {};
  }

  /// Sees to a valid token before the first request of a user with an API key.
  Status sign_in() {
    if (connection.api_key.expose().empty() || !token.expose().empty()) {
      return {};
    }
    const TokenCache cache(connection.url, connection.api_key);
    if (const auto kept = cache.load()) {
      user = kept->user;
      token = kept->token;
      const auto still_good = send(prepare("", "GET"), nullptr);
      if (still_good || still_good.error().code != ErrorCode::unauthorized) {
        return still_good ? check_user() : Status(fail(still_good.error()));
      }
    }
    return log_in(cache);
  }

  Status log_in(const TokenCache& cache) {
    if (is_in_the_clear(connection.url)) {
      print_note(fmt::format("athanor: warning: the API key and all data travel to {} in the clear",
                             connection.url));
    }
    const auto body = to_text({{"ngc_api_key", connection.api_key.expose()}});
    const auto login = send(prepare_for("/login", "POST"), &body);
    if (!login) {
      return login.error().code == ErrorCode::unauthorized
                 ? Status(fail(ErrorCode::unauthorized, "the server does not know this API key"))
                 : Status(fail(login.error()));
    }
    user = login->value("user_id", "");
    token = Secret(login->value("token", ""));
    if (const auto stored = cache.store({user, token}); !stored) {
      print_note("athanor: the token is not kept: " + stored.error().message);
    }
    return check_user();
  }

  Status check_user() {
    if (connection.user && *connection.user != user) {
      return fail(
          ErrorCode::forbidden,
          fmt::format(
              "--user {} is not the API key's user {}: leave it out", *connection.user, user));
    }
    return {};
  }

  /// Makes a request, and makes it again with a new token where the one at hand is good no longer:
  /// whoever follows a job may do so for longer than a token lasts.
  template <class Request>
  auto signed_in(const Request& request) -> decltype(request()) {
    ATHANOR_CHECK_OK(sign_in());
    auto reply = request();
    if (reply || reply.error().code != ErrorCode::unauthorized || token.expose().empty()) {
      return reply;
    }
    ATHANOR_CHECK_OK(log_in(TokenCache(connection.url, connection.api_key)));
    return request();
  }

  Result<Json> exchange(std::string_view path, const char* method, const std::string* body) {
    return signed_in([&] { return send(prepare(path, method), body); });
  }

  /// Sends the prepared request, with a JSON body if there is one.
  Result<Json> send(CURL* curl, const std::string* body) {
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, reply_timeout_seconds);
    const std::unique_ptr<curl_slist, FreeList> headers(
        curl_slist_append(nullptr, "Content-Type: application/json"));
    if (body != nullptr) {
      curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->c_str());
    }
    Receiver receiver;
    ATHANOR_CHECK_OK(perform(receiver));
    return parse_json(receiver.text);
  }

  Result<Json> exchange(std::string_view path, const char* method, const Json& body) {
    const std::string text = to_text(body);
    return exchange(path, method, &text);
  }
};

Client::Client(Connection connection) : implementation_(std::make_unique<Implementation>()) {
  initialise_curl();
  while (connection.url.ends_with('/')) {
    connection.url.pop_back();
  }
  implementation_->user = connection.user.value_or(default_user);
  implementation_->connection = std::move(connection);
  implementation_->handle.reset(curl_easy_init());
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

std::string Client::address() const {
  return fmt::format("{}/api/v1/user/{}", implementation_->connection.url, implementation_->user);
}

Result<Json> Client::get(std::string_view path) {
  return implementation_->exchange(path, "GET", nullptr);
}

Result<Json> Client::post(std::string_view path, const Json& body) {
  return implementation_->exchange(path, "POST", body);
}

Result<Json> Client::post(std::string_view path) {
  const std::string empty;
  return implementation_->exchange(path, "POST", &empty);
}

Result<Json> Client::patch(std::string_view path, const Json& body) {
  return implementation_->exchange(path, "PATCH", body);
}

Result<Json> Client::remove(std::string_view path) {
  return implementation_->exchange(path, "DELETE", nullptr);
}

Result<Json> Client::upload(std::string_view path, Upload upload) {
  ATHANOR_CHECK_OK(implementation_->sign_in());
  CURL* curl = implementation_->prepare(path, "POST");
  Sender sender{&upload, 0, {}};
  const std::unique_ptr<curl_mime, FreeMime> form(curl_mime_init(curl));
  curl_mimepart* part = curl_mime_addpart(form.get());
  curl_mime_name(part, "file");
  curl_mime_filename(part, upload.file_name.c_str());
  curl_mime_type(part, "application/octet-stream");
  const auto size = upload.size ? static_cast<curl_off_t>(*upload.size) : curl_off_t{-1};
  curl_mime_data_cb(part, size, &send_piece, nullptr, nullptr, &sender);
  curl_easy_setopt(curl, CURLOPT_MIMEPOST, form.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024L);

  Receiver receiver;
  auto done = implementation_->perform(receiver);
  if (sender.failure) {
    return fail(*sender.failure);
  }
  ATHANOR_CHECK_OK(std::move(done));
  return parse_json(receiver.text);
}

Result<Client::Streamed> Client::stream(std::string_view path,
                                        const std::string& last_event_id,
                                        const std::function<Result<bool>(std::string_view)>& take) {
  const auto header = "Last-Event-ID: " + last_event_id;
  const std::unique_ptr<curl_slist, FreeList> headers(
      last_event_id.empty() ? nullptr : curl_slist_append(nullptr, header.c_str()));
  return implementation_->signed_in([&]() -> Result<Streamed> {
    CURL* curl = implementation_->prepare(path, "GET");
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, silence_seconds);
    if (headers) {
      curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    }
    Receiver receiver;
    receiver.on_bytes = &take;
    ATHANOR_CHECK_OK(implementation_->perform(receiver));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return Streamed{status == 204};
  });
}

Result<std::string> Client::create_resumable(std::string_view path, std::uint64_t length) {
  CURL* curl = implementation_->prepare(path, "POST");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, reply_timeout_seconds);
  const auto headers =
      header_list({"Tus-Resumable: 1.0.0", fmt::format("Upload-Length: {}", length)});
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
  Receiver receiver;
  ATHANOR_CHECK_OK(implementation_->perform(receiver));
  curl_header* location = nullptr;
  if (curl_easy_header(curl, "Location", 0, CURLH_HEADER, -1, &location) != CURLHE_OK) {
    return fail(ErrorCode::internal, "the server did not say where to send the archive");
  }
  const std::string address = location->value;
  return address.substr(address.rfind('/') + 1);
}

Status Client::append(std::string_view path, std::uint64_t offset, Upload rest) {
  CURL* curl = implementation_->prepare(path, "PATCH");
  const auto headers = header_list({"Tus-Resumable: 1.0.0",
                                    fmt::format("Upload-Offset: {}", offset),
                                    "Content-Type: application/offset+octet-stream"});
  Sender sender{&rest, 0, {}};
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PATCH");
  curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(rest.size.value_or(0)));
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &send_piece);
  curl_easy_setopt(curl, CURLOPT_READDATA, &sender);
  curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024L);
  Receiver receiver;
  auto done = implementation_->perform(receiver);
  return sender.failure ? Status(fail(*sender.failure)) : done;
}

Result<std::uint64_t> Client::download(std::string_view path,
                                       const std::filesystem::path& target,
                                       const std::function<void(std::uint64_t)>& on_progress) {
  auto partial = target;
  partial += ".part";
  UniqueFd file(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.valid()) {
    return fail(system_error(fmt::format("cannot write {}", partial.string()), errno));
  }
  const auto written = implementation_->signed_in([&]() -> Result<std::uint64_t> {
    implementation_->prepare(path, "GET");
    Receiver receiver;
    receiver.fd = file.get();
    receiver.on_progress = &on_progress;
    ATHANOR_CHECK_OK(implementation_->perform(receiver));
    return receiver.written;
  });
  std::error_code error;
  if (!written) {
    std::filesystem::remove(partial, error);
    return fail(written.error());
  }
  std::filesystem::rename(partial, target, error);
  if (error) {
    return fail(ErrorCode::io,
                fmt::format("cannot write {}: {}", target.string(), error.message()));
  }
  return written;
}

}  // namespace athanor::cli
