#include "athanor/http/detail/request_parser.hpp"

#include <cstring>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include "athanor/core/limits.hpp"

namespace athanor::http::detail {

namespace {

namespace beast = boost::beast;
using beast::error_code;
using BeastString = beast::string_view;
using Problem = beast::http::error;

std::optional<Method> to_method(beast::http::verb verb) {
  switch (verb) {
    case beast::http::verb::get:
      return Method::get;
    case beast::http::verb::head:
      return Method::head;
    case beast::http::verb::post:
      return Method::post;
    case beast::http::verb::put:
      return Method::put;
    case beast::http::verb::patch:
      return Method::patch;
    case beast::http::verb::delete_:
      return Method::delete_;
    case beast::http::verb::options:
      return Method::options;
    default:
      return std::nullopt;
  }
}

Refusal to_refusal(const error_code& error) {
  if (error == Problem::header_limit) {
    return {431, fmt::format("the request header is larger than {} bytes", limits::header_bytes)};
  }
  if (error == Problem::bad_version) {
    return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  }
  // The texts of Beast's parser codes are fixed phrases without any of the request in them.
  return {400, "malformed request: " + error.message()};
}

}  // namespace

class RequestParser::Implementation : public beast::http::basic_parser<true> {
 public:
  Implementation() {
    header_limit(limits::header_bytes);
    body_limit(boost::none);  // Ours depends on the route; see RequestBody.
  }

  RequestHead head;
  std::optional<Refusal> refusal;
  std::span<char> output;
  std::size_t produced = 0;

  [[nodiscard]] Refusal explain(const error_code& error) {
    return refusal ? *std::move(refusal) : to_refusal(error);
  }

 private:
  void stop(error_code& error, int status, std::string message) {
    refusal = Refusal{status, std::move(message)};
    error = Problem::bad_field;
  }

  void on_request_impl(beast::http::verb method,
                       BeastString method_name,
                       BeastString target,
                       int version,
                       error_code& error) override {
    if (target.size() > limits::target_bytes) {
      stop(error, 414, fmt::format("the URL is longer than {} bytes", limits::target_bytes));
      return;
    }
    head.method = to_method(method);
    head.method_name.assign(method_name.data(), method_name.size());
    head.target.assign(target.data(), target.size());
    head.version = version;
  }

  void on_response_impl(int /*status*/,
                        BeastString /*reason*/,
                        int /*version*/,
                        error_code& error) override {
    error = Problem::bad_method;  // Only the parser of replies calls this.
  }

  void on_field_impl(beast::http::field /*name*/,
                     BeastString name,
                     BeastString value,
                     error_code& error) override {
    // Trailers could smuggle fields past the checks that the header went through.
    if (is_header_done()) {
      return;
    }
    if (head.headers.fields().size() == limits::header_count) {
      stop(error, 431, fmt::format("more than {} header fields", limits::header_count));
      return;
    }
    head.headers.add(std::string(name.data(), name.size()),
                     std::string(value.data(), value.size()));
  }

  void on_header_impl(error_code& /*error*/) override { head.keep_alive = keep_alive(); }

  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         error_code& /*error*/) override {}

  std::size_t on_body_impl(BeastString /*body*/, error_code& error) override {
    // Bodies with a length bypass the parser.
    error = Problem::unexpected_body;
    return 0;
  }

  void on_chunk_header_impl(std::uint64_t size,
                            BeastString /*extension*/,
                            error_code& error) override {
    small_chunks_ += size < limits::small_chunk_bytes ? 1U : 0U;
    if (small_chunks_ > limits::chunk_count) {
      stop(error, 413, fmt::format("the body has over {} small chunks", limits::chunk_count));
    }
  }

  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/,
                                 BeastString body,
                                 error_code& error) override {
    const std::size_t count = std::min(body.size(), output.size() - produced);
    std::memcpy(output.data() + produced, body.data(), count);
    produced += count;
    if (produced == output.size()) {
      error = Problem::need_buffer;
    }
    return count;
  }

  void on_finish_impl(error_code& /*error*/) override {}

  std::size_t small_chunks_ = 0;
};

RequestParser::RequestParser() : implementation_(std::make_unique<Implementation>()) {}

RequestParser::~RequestParser() = default;

OrRefusal<RequestParser::HeadProgress> RequestParser::parse_head(std::string_view bytes) {
  // Some old clients send a line end after a body (RFC 9112 section 2.2).
  const bool empty_line = !implementation_->got_some() && bytes.starts_with("\r\n");
  const std::size_t skipped = empty_line ? 2 : 0;
  error_code error;
  const std::size_t consumed = implementation_->put(
      boost::asio::buffer(bytes.data() + skipped, bytes.size() - skipped), error);
  if (error && error != Problem::need_more) {
    return tl::unexpected<Refusal>(implementation_->explain(error));
  }
  return HeadProgress{skipped + consumed, implementation_->is_header_done()};
}

RequestHead RequestParser::take_head() {
  return std::move(implementation_->head);
}

OrRefusal<RequestParser::ChunkProgress> RequestParser::parse_chunks(std::string_view bytes,
                                                                    std::span<char> output) {
  auto& parser = *implementation_;
  parser.eager(true);
  parser.output = output;
  parser.produced = 0;
  error_code error;
  const std::size_t consumed = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error && error != Problem::need_more && error != Problem::need_buffer) {
    return tl::unexpected<Refusal>(parser.explain(error));
  }
  return ChunkProgress{consumed, parser.produced, parser.is_done()};
}

}  // namespace athanor::http::detail
