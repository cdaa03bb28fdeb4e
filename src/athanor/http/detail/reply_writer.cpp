#include "athanor/http/detail/reply_writer.hpp"

#include <cerrno>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/core/log.hpp"
#include "athanor/http/detail/reply_head.hpp"

namespace athanor::http::detail {

namespace {

constexpr std::size_t file_block_bytes = 256 * limits::kib;
constexpr std::size_t chunk_prefix_bytes = 18;  ///< 16 hexadecimal digits and CRLF.

bool forbids_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

class ReplyWriter {
 public:
  ReplyWriter(ServerContext& context, Transport& transport, ReplyTerms terms)
      : context_(context), transport_(transport), terms_(std::move(terms)) {}

  Awaitable<Sent> send(Response response) {
    if (std::holds_alternative<FileBody>(response.body)) {
      co_return co_await send_file(std::move(response));
    }
    if (std::holds_alternative<StreamBody>(response.body)) {
      co_return co_await send_stream(std::move(response));
    }
    co_return co_await send_text(std::move(response));
  }

 private:
  Awaitable<Sent> send_text(Response response) {
    const auto& text = std::get<std::string>(response.body);
    const bool no_body = forbids_body(response.status);
    const std::string head =
        head_bytes(response, no_body ? ReplyFraming::no_body : ReplyFraming::sized, text.size());
    const std::string_view body = no_body || terms_.head_only ? std::string_view() : text;
    const auto written = co_await transport_.write(head, body, idle());
    co_return Sent{response.status, body.size(), written && terms_.keep_alive};
  }

  Awaitable<Sent> send_file(Response response) {
    const auto& body = std::get<FileBody>(response.body);
    auto opened = co_await context_.files.run(
        [&body, this] { return open_file_reply(body, terms_.conditions); });
    if (!opened) {
      // What cannot be opened, for want of descriptors say, may still be there.
      const int status = opened.error().code == ErrorCode::not_found ? 404 : 500;
      co_return co_await send_text(refusal(status, opened.error().message));
    }
    if (opened->status == 416) {
      auto refused = refusal(416, "no part of the file lies in the asked range");
      copy_fields(opened->headers, refused.headers);
      co_return co_await send_text(std::move(refused));
    }
    copy_fields(opened->headers, response.headers);
    response.status = opened->status;
    const bool no_body = forbids_body(response.status);
    const std::string head = head_bytes(
        response, no_body ? ReplyFraming::no_body : ReplyFraming::sized, opened->content_length);
    Sent sent{response.status, 0, false};
    bool whole = (co_await transport_.write(head, {}, idle())).has_value();
    if (whole && !no_body && !terms_.head_only) {
      whole = co_await send_pieces(*opened, sent.body_bytes);
    }
    sent.connection_usable = whole && terms_.keep_alive;
    co_return sent;
  }

  Awaitable<bool> send_pieces(const FileReply& reply, std::uint64_t& sent) {
    std::string block;
    bool whole = true;
    for (auto piece = reply.pieces.begin(); whole && piece != reply.pieces.end(); ++piece) {
      if (const auto* text = std::get_if<std::string>(&*piece)) {
        whole = (co_await transport_.write(*text, {}, idle())).has_value();
        sent += text->size();
      } else {
        whole = co_await send_slice(reply.file.get(), std::get<ByteRange>(*piece), block, sent);
      }
    }
    co_return whole;
  }

  Awaitable<bool> send_slice(int file, ByteRange slice, std::string& block, std::uint64_t& sent) {
    while (slice.length > 0) {
      block.resize(
          static_cast<std::size_t>(std::min<std::uint64_t>(slice.length, file_block_bytes)));
      const ssize_t count = co_await context_.files.run([file, slice, &block] {
        return pread(file, block.data(), block.size(), static_cast<off_t>(slice.first));
      });
      // A file that became shorter meanwhile: the announced length can no longer be kept.
      if (count <= 0) {
        co_return false;
      }
      const auto bytes = static_cast<std::size_t>(count);
      const Status written = co_await transport_.write({block.data(), bytes}, {}, idle());
      if (!written) {
        co_return false;
      }
      sent += bytes;
      slice.first += bytes;
      slice.length -= bytes;
    }
    co_return true;
  }

  Awaitable<Sent> send_stream(Response response) {
    const bool chunked = terms_.version >= 11;
    terms_.keep_alive = terms_.keep_alive && chunked;
    const std::string head =
        head_bytes(response, chunked ? ReplyFraming::chunked : ReplyFraming::until_close, 0);
    Sent sent{response.status, 0, false};
    bool whole = (co_await transport_.write(head, {}, idle())).has_value();
    if (whole && !terms_.head_only) {
      whole = co_await send_chunks(std::get<StreamBody>(response.body), chunked, sent.body_bytes);
    }
    sent.connection_usable = whole && terms_.keep_alive;
    co_return sent;
  }

  /// False when the client must see a broken transfer or is gone.
  Awaitable<bool> send_chunks(const StreamBody& body, bool chunked, std::uint64_t& sent) {
    // Room for the chunk's size before the data and for CRLF after it: one write per chunk.
    std::string buffer(chunk_prefix_bytes + body.buffer_bytes + 2, '\0');
    char* const data = buffer.data() + chunk_prefix_bytes;
    while (true) {
      const auto count = co_await body.next({data, body.buffer_bytes});
      if (!count) {
        log::warning("http",
                     "a reply was cut short: " + count.error().message,
                     {{"request_id", terms_.request_id}});
        co_return false;
      }
      if (*count == 0) {
        const std::string_view last_chunk = chunked ? "0\r\n\r\n" : "";
        const Status ended = co_await transport_.write(last_chunk, {}, idle());
        co_return ended.has_value();
      }
      sent += *count;
      std::string_view piece(data, *count);
      if (chunked) {
        piece = wrap_chunk(data, *count);
      }
      const Status written = co_await transport_.write(piece, {}, idle());
      if (!written) {
        co_return false;
      }
    }
  }

  static std::string_view wrap_chunk(char* data, std::size_t count) {
    std::array<char, chunk_prefix_bytes> prefix;
    const auto end = fmt::format_to(prefix.data(), "{:x}\r\n", count);
    const auto length = static_cast<std::size_t>(end - prefix.data());
    std::copy(prefix.data(), end, data - length);
    data[count] = '\r';
    data[count + 1] = '\n';
    return {data - length, length + count + 2};
  }

  static void copy_fields(const Headers& from, Headers& to) {
    for (const auto& [name, value] : from.fields()) {
      to.set(name, value);
    }
  }

  [[nodiscard]] Response refusal(int status, const std::string& message) const {
    auto refused = context_.render_error(status, message);
    terms_.adapt(refused);
    return refused;
  }

  [[nodiscard]] std::string head_bytes(const Response& response,
                                       ReplyFraming framing,
                                       std::uint64_t content_length) const {
    return to_bytes({.status = response.status,
                     .headers = response.headers,
                     .framing = framing,
                     .content_length = content_length,
                     .keep_alive = terms_.keep_alive,
                     .version = terms_.version,
                     .request_id = terms_.request_id});
  }

  [[nodiscard]] std::chrono::milliseconds idle() const {
    return context_.options.deadlines.write_idle;
  }

  ServerContext& context_;
  Transport& transport_;
  ReplyTerms terms_;
};

}  // namespace

Awaitable<Sent> send_reply(ServerContext& context,
                           Transport& transport,
                           Response response,
                           ReplyTerms terms) {
  ReplyWriter writer(context, transport, std::move(terms));
  co_return co_await writer.send(std::move(response));
}

}  // namespace athanor::http::detail
