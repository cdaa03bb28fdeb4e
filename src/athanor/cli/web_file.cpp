#include "athanor/cli/web_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>
#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/sha256.hpp"
#include "athanor/core/version.hpp"

namespace athanor::cli {

namespace {

namespace fs = std::filesystem;

constexpr long web_connect_seconds = 20;
constexpr long web_silence_seconds = 60;
constexpr long web_redirections = 5;
constexpr std::size_t digest_piece_bytes = limits::mib;

struct FreeWebHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

/// What arrives goes to the end of the partial file.
struct WebReceiver {
  CURL* handle = nullptr;
  int fd = -1;
  std::uint64_t bytes = 0;
  const WebFile* file = nullptr;
  std::optional<Error> failure;

  std::size_t take(std::string_view piece) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300) {
      return piece.size();  // The page of an error, which nobody needs.
    }
    bytes += piece.size();
    if (bytes > limits::weights_bytes) {
      failure = Error{ErrorCode::too_large, "the file is larger than any weights may be"};
      return 0;
    }
    if (auto written = write_all(fd, piece); !written) {
      failure = written.error();
      return 0;
    }
    if (file->on_progress) {
      file->on_progress(bytes);
    }
    return piece.size();
  }
};

std::size_t receive_piece(char* data, std::size_t size, std::size_t count, void* receiver) {
  return static_cast<WebReceiver*>(receiver)->take({data, size * count});
}

Error unreachable(const WebFile& file, CURLcode code) {
  return {
      ErrorCode::unavailable,
      fmt::format("cannot download {}: {}. Where there is no internet, fetch the file elsewhere "
                  "and add it with: athanor pretrained add FILE; or name a --mirror",
                  file.url,
                  curl_easy_strerror(code))};
}

Error wrong_status(const WebFile& file, long status) {
  const auto code = status >= 500 ? ErrorCode::unavailable : ErrorCode::not_found;
  return {code, fmt::format("{} answers with HTTP status {}", file.url, status)};
}

std::unique_ptr<CURL, FreeWebHandle> new_handle(const WebFile& file, WebReceiver& receiver) {
  std::unique_ptr<CURL, FreeWebHandle> handle(curl_easy_init());
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, file.url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, web_redirections);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "athanor/" ATHANOR_VERSION);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, web_connect_seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, web_silence_seconds);
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(receiver.bytes));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &receive_piece);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
  receiver.handle = curl;
  return handle;
}

/// One request, from where the partial file ends. False when the server cannot go on there.
Result<bool> request_rest(const WebFile& file, int fd, std::uint64_t from) {
  WebReceiver receiver;
  receiver.fd = fd;
  receiver.bytes = from;
  receiver.file = &file;
  const auto handle = new_handle(file, receiver);
  const CURLcode code = curl_easy_perform(handle.get());
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  constexpr long range_not_satisfiable = 416;
  if (receiver.failure) {
    return fail(*receiver.failure);
  }
  if (from > 0 && (code == CURLE_RANGE_ERROR || status == range_not_satisfiable)) {
    return false;
  }
  if (code != CURLE_OK) {
    return fail(unreachable(file, code));
  }
  return status < 300 ? Result<bool>(true) : Result<bool>(fail(wrong_status(file, status)));
}

Result<std::string> sha256_of(const fs::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string piece(digest_piece_bytes, '\0');
  Sha256 digest;
  while (true) {
    const auto got = file.valid() ? ::read(file.get(), piece.data(), piece.size()) : -1;
    if (got < 0) {
      return fail(system_error("cannot read " + path.string(), errno));
    }
    if (got == 0) {
      return digest.hex();
    }
    digest.add({piece.data(), static_cast<std::size_t>(got)});
  }
}

Result<std::uint64_t> bytes_of_open(const UniqueFd& file) {
  struct stat info {};

  if (!file.valid() || ::fstat(file.get(), &info) != 0) {
    return fail(system_error("cannot write the download", errno));
  }
  return static_cast<std::uint64_t>(info.st_size);
}

/// Whether what is at `path` has the digest of the file.
bool is_whole(const WebFile& file, const fs::path& path) {
  const auto digest = sha256_of(path);
  return digest && digest->starts_with(file.sha256_prefix);
}

/// The whole file at `path`, whatever part of it is there already.
Status complete(const WebFile& file, const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  ATHANOR_TRY(const auto from, bytes_of_open(fd));
  ATHANOR_TRY(const bool done, request_rest(file, fd.get(), from));
  if (done) {
    return {};
  }
  // Maybe it is whole: then its digest says so. Else from the start.
  if (is_whole(file, path)) {
    return {};
  }
  if (::ftruncate(fd.get(), 0) != 0) {
    return fail(system_error("cannot write the download", errno));
  }
  ATHANOR_CHECK_OK(request_rest(file, fd.get(), 0));
  return {};
}

/// A part in which nothing has arrived is nothing to go on with.
void remove_if_empty(const fs::path& path) {
  std::error_code error;
  if (fs::file_size(path, error) == 0) {
    fs::remove(path, error);
  }
}

}  // namespace

Result<WebDownload> download_web_file(const WebFile& file) {
  std::error_code error;
  if (is_whole(file, file.target)) {
    return WebDownload{fs::file_size(file.target, error), /*was_there=*/true};
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  auto partial = file.target;
  partial += ".part";
  if (const auto completed = complete(file, partial); !completed) {
    remove_if_empty(partial);
    return fail(completed.error());
  }
  ATHANOR_TRY(const auto digest, sha256_of(partial));
  if (!digest.starts_with(file.sha256_prefix)) {
    fs::remove(partial, error);
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} is not the file that it should be: its SHA-256 begins with {}, not "
                            "with {}. It was removed",
                            file.url,
                            digest.substr(0, file.sha256_prefix.size()),
                            file.sha256_prefix));
  }
  const auto bytes = fs::file_size(partial, error);
  fs::rename(partial, file.target, error);
  if (error) {
    return fail(ErrorCode::io,
                fmt::format("cannot write {}: {}", file.target.string(), error.message()));
  }
  return WebDownload{bytes, /*was_there=*/false};
}

}  // namespace athanor::cli
