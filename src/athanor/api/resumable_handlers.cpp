#include "athanor/api/resumable_handlers.hpp"

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "athanor/api/call.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/api/tus.hpp"
#include "athanor/api/upload.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/intake.hpp"
#include "athanor/datasets/partial_upload.hpp"

namespace athanor::api {

namespace {

using datasets::PartialUpload;

constexpr std::size_t appended_at_once = 256 * limits::kib;

http::Response tus_reply(int status) {
  http::Response response;
  response.status = status;
  response.headers.set("Cache-Control", "no-store");
  return response;
}

http::Response tus_error(int status, const std::string& text) {
  auto response = error_reply(status, text);
  if (status == 412) {
    response.headers.set("Tus-Version", tus_version);
  }
  return response;
}

/// The protocol wants its version on every reply. Failures that come before a handler have it from
/// the application.
http::Handler with_version(http::Handler handler) {
  return [handler = std::move(handler)](http::Request request) -> Awaitable<http::Response> {
    // The closure lives in the route table, which outlives every request.
    auto response = co_await handler(std::move(request));
    response.headers.set("Tus-Resumable", tus_version);
    co_return response;
  };
}

/// The reply to a client that speaks another version, or nothing.
std::optional<http::Response> refuse_version(const http::Request& request) {
  if (request.headers.find("Tus-Resumable") == tus_version) {
    return std::nullopt;
  }
  return tus_error(412, fmt::format("send the header Tus-Resumable: {}", tus_version));
}

std::optional<std::uint64_t> number_header(const http::Request& request, std::string_view name) {
  return parse_byte_count(request.headers.find(name).value_or(""));
}

void set_expiry(http::Response& response, const PartialUpload& upload) {
  response.headers.set(
      "Upload-Expires",
      fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                  fmt::gmtime(std::chrono::system_clock::to_time_t(upload.expires()))));
}

Result<PartialUpload> find_upload(Services& services, const Call& call) {
  ATHANOR_TRY(const auto dataset, services.store.datasets().get(call.user, call.owner));
  const auto id = Uuid::parse(call.request.path_parameter("upload_id"));
  if (!id) {
    return fail(ErrorCode::invalid_argument, "Upload ID in the path is not a valid UUID");
  }
  return PartialUpload::find(services.data_folder, dataset.id, *id);
}

Result<http::Response> create_upload(Services& services, const Call& call) {
  if (auto refusal = refuse_version(call.request)) {
    return std::move(*refusal);
  }
  ATHANOR_TRY(const auto dataset, services.store.datasets().get(call.user, call.owner));
  const auto length = number_header(call.request, "Upload-Length");
  if (!length) {
    return fail(ErrorCode::invalid_argument,
                "the header Upload-Length must give the archive's size in bytes");
  }
  if (*length > limits::upload_bytes) {
    return fail(
        ErrorCode::too_large,
        fmt::format("the archive is larger than the {} bytes allowed", limits::upload_bytes));
  }
  const auto metadata = call.request.headers.find("Upload-Metadata").value_or("");
  if (!metadata.empty()) {
    ATHANOR_CHECK_OK(check_upload_metadata(metadata));
  }
  ATHANOR_CHECK_OK(datasets::remove_expired_uploads(services.data_folder));
  ATHANOR_TRY(const auto count, datasets::count_partial_uploads(services.data_folder, dataset.id));
  if (count >= limits::partial_uploads) {
    return fail(ErrorCode::conflict,
                fmt::format("the dataset has {} unfinished uploads: finish or delete one", count));
  }
  ATHANOR_TRY(
      const auto upload,
      PartialUpload::create(services.data_folder, dataset.id, *length, std::string(metadata)));
  auto reply = tus_reply(201);
  reply.headers.set("Location", call.request.path + "/" + upload.id().to_string());
  reply.headers.set("Upload-Offset", "0");
  set_expiry(reply, upload);
  return reply;
}

/// For people and our own client: GET, which tells the outcome too.
Result<http::Response> show_upload(Services& services, const Call& call) {
  ATHANOR_TRY(const auto upload, find_upload(services, call));
  const auto& outcome = upload.outcome();
  auto reply = json_reply(200,
                          {{"offset", upload.offset()},
                           {"length", upload.length()},
                           {"status", outcome ? Json(outcome->status) : Json(nullptr)},
                           {"message", outcome ? Json(outcome->message) : Json(nullptr)}});
  reply.headers.set("Cache-Control", "no-store");
  reply.headers.set("Upload-Offset", std::to_string(upload.offset()));
  reply.headers.set("Upload-Length", std::to_string(upload.length()));
  if (!upload.metadata().empty()) {
    reply.headers.set("Upload-Metadata", upload.metadata());
  }
  set_expiry(reply, upload);
  return reply;
}

/// HEAD, by the protocol.
Result<http::Response> show_offset(Services& services, const Call& call) {
  if (auto refusal = refuse_version(call.request)) {
    return std::move(*refusal);
  }
  return show_upload(services, call);
}

Awaitable<Result<http::Response>> delete_upload(Services& services, Call call) {
  if (auto refusal = refuse_version(call.request)) {
    co_return std::move(*refusal);
  }
  ATHANOR_CO_TRY(auto upload, co_await services.pool.run([&services, &call] {
    return find_upload(services, call);
  }));
  const auto turn = co_await services.uploads.turn(upload.id());
  ATHANOR_CO_CHECK_OK(co_await services.pool.run([&upload] { return upload.remove(); }));
  co_return tus_reply(204);
}

/// The body to the end of the upload's file, and to `checksum` unless that is null. What came
/// before a broken connection stays.
Awaitable<Status> append_body(Services& services,
                              http::BodyReader& body,
                              PartialUpload& upload,
                              UploadChecksum* checksum) {
  std::string piece(appended_at_once, '\0');
  Status received;
  for (std::size_t count = 1; count > 0 && received;) {
    auto read = co_await body.read_some(piece);
    count = read.value_or(0);
    if (!read) {
      received = fail(read.error());
    } else if (count > upload.length() - upload.offset()) {
      received =
          fail(ErrorCode::invalid_argument,
               fmt::format("more bytes than the {} that Upload-Length announced", upload.length()));
    } else {
      const std::string_view bytes(piece.data(), count);
      received = co_await services.pool.run([&upload, &bytes, checksum] {
        if (checksum != nullptr) {
          checksum->add(bytes);
        }
        return upload.append(bytes);
      });
    }
  }
  ATHANOR_CO_CHECK_OK(co_await services.pool.run([&upload] { return upload.sync(); }));
  co_return received;
}

/// As append_body(), but all of it is kept or nothing. Whether the checksum held.
Awaitable<Result<bool>> append_checked_body(Services& services,
                                            http::BodyReader& body,
                                            PartialUpload& upload,
                                            UploadChecksum& checksum) {
  ATHANOR_CO_CHECK_OK(co_await services.pool.run([&upload] { return upload.begin_trial(); }));
  const auto received = co_await append_body(services, body, upload, &checksum);
  const bool held = received && checksum.holds();
  ATHANOR_CO_CHECK_OK(co_await services.pool.run(
      [&upload, held] { return held ? upload.keep_trial() : upload.discard_trial(); }));
  if (!received) {
    co_return fail(received.error());
  }
  co_return held;
}

/// nullopt where the request has none.
Result<std::optional<UploadChecksum>> checksum_of(const http::Request& request) {
  const auto field = request.headers.find("Upload-Checksum");
  if (!field) {
    return std::optional<UploadChecksum>();
  }
  ATHANOR_TRY(auto checksum, UploadChecksum::parse(*field));
  return std::optional(std::move(checksum));
}

/// All bytes are there: the way of every archive, and its outcome is kept for those who ask again.
Awaitable<Status> take_in_upload(Services& services, const Call& call, PartialUpload& upload) {
  const Receive receive = [&services, &upload](const std::filesystem::path& folder) {
    return [](UploadDesk& desk,
              PartialUpload& from,
              const std::filesystem::path& into) -> Awaitable<Status> {
      co_return co_await desk.pool().run([&from, &into]() -> Status {
        ATHANOR_TRY(auto source, from.source());
        const auto summary = datasets::unpack(std::move(source), into);
        return summary ? Status() : Status(fail(summary.error()));
      });
    }(services.uploads, upload, folder);
  };
  const auto taken = co_await take_in(services, call, receive);
  const bool is_verdict = taken || http_status(taken.error().code) < 500;
  if (!is_verdict) {
    co_return fail(taken.error());  // Not the archive's fault: the client may try again.
  }
  const datasets::UploadOutcome outcome =
      taken ? datasets::UploadOutcome{201, upload_message(*taken)}
            : datasets::UploadOutcome{http_status(taken.error().code), taken.error().message};
  co_return co_await services.pool.run([&upload, &outcome] { return upload.finish(outcome); });
}

http::Response patched_reply(const PartialUpload& upload) {
  const auto& outcome = upload.outcome();
  auto reply = outcome && outcome->status >= 300 ? tus_error(outcome->status, outcome->message)
                                                 : tus_reply(204);
  reply.headers.set("Upload-Offset", std::to_string(upload.offset()));
  set_expiry(reply, upload);
  return reply;
}

/// Takes the body of a PATCH. A reply refuses it: its checksum does not hold.
Awaitable<Result<std::optional<http::Response>>> receive_body(
    Services& services,
    http::BodyReader& body,
    PartialUpload& upload,
    std::optional<UploadChecksum>& checksum) {
  if (!checksum) {
    ATHANOR_CO_CHECK_OK(co_await append_body(services, body, upload, nullptr));
    co_return std::nullopt;
  }
  ATHANOR_CO_TRY(const bool held, co_await append_checked_body(services, body, upload, *checksum));
  if (held) {
    co_return std::nullopt;
  }
  auto reply = tus_error(tus_checksum_mismatch,
                         fmt::format("the bytes are not those of Upload-Checksum and were dropped: "
                                     "send them again from byte {}",
                                     upload.offset()));
  reply.headers.set("Upload-Offset", std::to_string(upload.offset()));
  co_return reply;
}

Awaitable<Result<http::Response>> append_to_upload(Services& services, Call call) {
  if (auto refusal = refuse_version(call.request)) {
    co_return std::move(*refusal);
  }
  if (call.request.headers.find("Content-Type") != "application/offset+octet-stream") {
    co_return tus_error(415, "send the header Content-Type: application/offset+octet-stream");
  }
  const auto offset = number_header(call.request, "Upload-Offset");
  if (!offset) {
    co_return tus_error(400, "the header Upload-Offset must say where the bytes belong");
  }
  auto checksum = checksum_of(call.request);
  if (!checksum) {
    co_return tus_error(400, checksum.error().message);
  }
  ATHANOR_CO_TRY(const auto named, co_await services.pool.run([&services, &call] {
    return find_upload(services, call);
  }));
  const auto turn = co_await services.uploads.turn(named.id());
  // Afresh: the connection before may have added to it until now.
  ATHANOR_CO_TRY(auto upload, co_await services.pool.run([&services, &call] {
    return find_upload(services, call);
  }));
  if (*offset != upload.offset()) {
    auto reply = tus_error(409, fmt::format("the upload stands at byte {}", upload.offset()));
    reply.headers.set("Upload-Offset", std::to_string(upload.offset()));
    co_return reply;
  }
  if (!upload.outcome()) {
    ATHANOR_CO_TRY(auto refusal,
                   co_await receive_body(services, *call.request.body, upload, *checksum));
    if (refusal) {
      co_return std::move(*refusal);
    }
  }
  if (!upload.outcome() && upload.offset() == upload.length()) {
    ATHANOR_CO_CHECK_OK(co_await take_in_upload(services, call, upload));
  }
  co_return patched_reply(upload);
}

/// POST of a client that can send neither PATCH nor DELETE and names the method that it means.
Awaitable<Result<http::Response>> do_overridden(Services& services, Call call) {
  const std::string method(call.request.headers.find(tus_method_override).value_or(""));
  if (method == http::name_of(http::Method::patch)) {
    auto appended = append_to_upload(services, std::move(call));
    co_return co_await std::move(appended);
  }
  if (method == http::name_of(http::Method::delete_)) {
    auto deleted = delete_upload(services, std::move(call));
    co_return co_await std::move(deleted);
  }
  if (method == http::name_of(http::Method::head)) {
    co_return co_await services.pool.run(
        [&services, &call] { return show_offset(services, call); });
  }
  co_return fail(ErrorCode::invalid_argument,
                 fmt::format("a POST to an upload needs the header {} with PATCH, DELETE or HEAD",
                             tus_method_override));
}

Result<http::Response> show_protocol(Services&, const Call&) {
  auto reply = tus_reply(204);
  reply.headers.set("Tus-Version", tus_version);
  reply.headers.set("Tus-Extension", tus_extensions);
  reply.headers.set("Tus-Checksum-Algorithm", tus_checksum_algorithms);
  reply.headers.set("Tus-Max-Size", std::to_string(limits::upload_bytes));
  return reply;
}

/// Builds the routes of all partial uploads of a dataset and of one of them.
class UploadRoutes {
 public:
  explicit UploadRoutes(std::vector<http::Route>& routes) : routes_(routes) {}

  http::Route& add_of_all(http::Method method,
                          std::string operation,
                          std::string summary,
                          http::ReplyDoc reply,
                          http::Handler handler) {
    return add(
        method, "", std::move(operation), std::move(summary), std::move(reply), std::move(handler));
  }

  http::Route& add_of_one(http::Method method,
                          std::string operation,
                          std::string summary,
                          http::ReplyDoc reply,
                          http::Handler handler) {
    auto& route = add(method,
                      "/{upload_id}",
                      std::move(operation),
                      std::move(summary),
                      std::move(reply),
                      std::move(handler));
    route.path_parameters.push_back(id_parameter("upload_id"));
    return route;
  }

 private:
  http::Route& add(http::Method method,
                   std::string_view tail,
                   std::string operation,
                   std::string summary,
                   http::ReplyDoc reply,
                   http::Handler handler) {
    auto route =
        new_route(method,
                  fmt::format("/api/v1/user/{{user_id}}/dataset/{{dataset_id}}/uploads{}", tail),
                  std::move(operation),
                  "DATASET",
                  std::move(summary));
    route.path_parameters = {id_parameter("user_id"), id_parameter("dataset_id")};
    route.replies = {std::move(reply), error_doc(400), error_doc(404)};
    route.handler = with_version(std::move(handler));
    return routes_.emplace_back(std::move(route));
  }

  std::vector<http::Route>& routes_;
};

void add_errors(http::Route& route, std::initializer_list<int> statuses) {
  for (const int status : statuses) {
    route.replies.push_back(error_doc(status));
  }
}

http::ParameterDoc header_doc(std::string name, std::string description, bool required) {
  return {std::move(name), std::move(description), string_schema(), required};
}

/// All that changes an upload is refused to clients of another version.
void add_version(http::Route& route) {
  route.header_parameters.push_back({"Tus-Resumable",
                                     "The version of the protocol",
                                     {{"type", "string"}, {"enum", Json::array({tus_version})}},
                                     true});
  add_errors(route, {412});
}

void document_creation(http::Route& route) {
  add_version(route);
  route.header_parameters.push_back(header_doc("Upload-Length", "Bytes of the archive", true));
  route.header_parameters.push_back(
      header_doc("Upload-Metadata", "Kept for the client: \"name bmFtZS50YXI=\"", false));
  route.replies.front().headers = {{"Location", "Address of the upload", string_schema()}};
  add_errors(route, {413});
}

void document_state(http::Route& route) {
  route.replies.front().headers = {
      {"Upload-Offset", "How many bytes the server has", integer_schema()},
      {"Upload-Length", "How many there will be", integer_schema()}};
}

void document_append(http::Route& route) {
  add_version(route);
  route.header_parameters.push_back(
      header_doc("Upload-Offset", "How many bytes came before these", true));
  route.header_parameters.push_back(header_doc(
      "Upload-Checksum", "sha1 or sha256 of these bytes, in Base64: \"sha1 Kq5s...\"", false));
  route.request_content_type = "application/offset+octet-stream";
  route.request_schema = {{"type", "string"}, {"format", "binary"}};
  route.body_limit = limits::upload_bytes;
  route.replies.front().headers = {
      {"Upload-Offset", "How many bytes the server has", integer_schema()}};
  add_errors(route, {409, 415, tus_checksum_mismatch});
}

void document_override(http::Route& route) {
  add_version(route);
  route.header_parameters.push_back(
      {tus_method_override,
       "The method that is meant; its own header fields and body come along",
       {{"type", "string"}, {"enum", Json::array({"PATCH", "DELETE", "HEAD"})}},
       true});
  route.body_limit = limits::upload_bytes;
  route.replies.push_back(
      {200, "The state, for HEAD", "application/json", reference_to("ResumableUpload")});
  add_errors(route, {409, 413, 415, tus_checksum_mismatch});
}

}  // namespace

void add_resumable_routes(std::vector<http::Route>& routes, Services& services) {
  using http::Method;
  const std::string json = "application/json";
  const http::ReplyDoc done{204, "Done", json, nullptr};
  UploadRoutes uploads(routes);

  uploads.add_of_all(Method::options,
                     "describe_resumable_uploads",
                     "What is understood of the tus protocol",
                     done,
                     blocking(services, show_protocol));
  document_creation(uploads.add_of_all(Method::post,
                                       "create_resumable_upload",
                                       "Begin an upload in pieces (tus 1.0)",
                                       {201, "Begun", json, nullptr},
                                       blocking(services, create_upload)));
  uploads.add_of_one(
      Method::get,
      "get_resumable_upload",
      "How far an upload in pieces is",
      {200, "Its state; the headers are those of tus", json, reference_to("ResumableUpload")},
      blocking(services, show_upload));
  auto& state = uploads.add_of_one(Method::head,
                                   "head_resumable_upload",
                                   "How far an upload in pieces is, as tus asks",
                                   {200, "Its state is in the headers", json, nullptr},
                                   blocking(services, show_offset));
  document_state(state);
  add_version(state);
  document_append(
      uploads.add_of_one(Method::patch,
                         "append_to_resumable_upload",
                         "Add bytes; the last ones are answered once the archive is taken in",
                         done,
                         async(services, append_to_upload)));
  add_version(uploads.add_of_one(Method::delete_,
                                 "delete_resumable_upload",
                                 "Give an upload in pieces up",
                                 done,
                                 async(services, delete_upload)));
  document_override(uploads.add_of_one(Method::post,
                                       "override_resumable_upload",
                                       "PATCH, DELETE or HEAD for those who can send POST alone",
                                       done,
                                       async(services, do_overridden)));
}

}  // namespace athanor::api
