#include "unit/http/curl_client.hpp"

#include <algorithm>
#include <cctype>
#include <memory>

#include <curl/curl.h>

namespace athanor::http::testing {

namespace {

std::size_t add_body(char* data, std::size_t size, std::size_t count, void* reply) {
  static_cast<CurlReply*>(reply)->body.append(data, size * count);
  return size * count;
}

std::size_t add_header(char* data, std::size_t size, std::size_t count, void* reply) {
  const std::string line(data, size * count);
  const auto colon = line.find(": ");
  if (colon != std::string::npos) {
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    const auto end = line.find_last_not_of("\r\n");
    static_cast<CurlReply*>(reply)->headers[name] = line.substr(colon + 2, end - colon - 1);
  }
  return size * count;
}

std::size_t give_chunk(char* buffer, std::size_t size, std::size_t count, void* request) {
  const std::string piece = static_cast<const CurlRequest*>(request)->chunks();
  if (piece.size() > size * count) {
    return CURL_READFUNC_ABORT;
  }
  std::copy(piece.begin(), piece.end(), buffer);
  return piece.size();
}

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
using Form = std::unique_ptr<curl_mime, decltype(&curl_mime_free)>;

Form make_form(CURL* handle, const std::string& file) {
  Form form(curl_mime_init(handle), curl_mime_free);
  curl_mimepart* part = curl_mime_addpart(form.get());
  curl_mime_name(part, "file");
  curl_mime_filedata(part, file.c_str());
  return form;
}

}  // namespace

CurlClient::CurlClient() : handle_(curl_easy_init()) {}

CurlClient::~CurlClient() {
  curl_easy_cleanup(handle_);
}

CurlReply CurlClient::perform(const std::string& url, const CurlRequest& request) {
  CurlReply reply;
  HeaderList headers(nullptr, curl_slist_free_all);
  for (const auto& line : request.headers) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  curl_easy_reset(handle_);
  curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(handle_, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, add_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, add_header);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, &reply);
  if (!request.ca_file.empty()) {
    curl_easy_setopt(handle_, CURLOPT_CAINFO, request.ca_file.c_str());
    // Old versions are the server's to refuse.
    curl_easy_setopt(handle_, CURLOPT_SSL_CIPHER_LIST, "ALL:@SECLEVEL=0");
    curl_easy_setopt(handle_, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1 | request.newest_tls);
  }
  if (request.http_1_0) {
    curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_0);
  }
  Form form(nullptr, curl_mime_free);
  if (request.chunks) {
    headers.reset(curl_slist_append(headers.release(), "Transfer-Encoding: chunked"));
    curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle_, CURLOPT_READFUNCTION, give_chunk);
    curl_easy_setopt(handle_, CURLOPT_READDATA, &request);
  } else if (!request.form_file.empty()) {
    form = make_form(handle_, request.form_file);
    curl_easy_setopt(handle_, CURLOPT_MIMEPOST, form.get());
  } else if (!request.body.empty()) {
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(
        handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers.get());
  reply.error = curl_easy_perform(handle_);
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &reply.status);
  curl_easy_getinfo(handle_, CURLINFO_NUM_CONNECTS, &reply.new_connections);
  return reply;
}

CurlReply fetch(const std::string& url, const CurlRequest& request) {
  CurlClient client;
  return client.perform(url, request);
}

}  // namespace athanor::http::testing
