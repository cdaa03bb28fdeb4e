#include "athanor/api/upload.hpp"

#include <vector>

#include <boost/asio/this_coro.hpp>

#include "athanor/api/byte_pipe.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/async/task.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/datasets/intake.hpp"
#include "athanor/datasets/layout.hpp"
#include "athanor/datasets/staging.hpp"
#include "athanor/http/multipart.hpp"

namespace athanor::api {

namespace {

constexpr std::size_t piece_bytes = 256 * limits::kib;

/// Moves on to the part named "file"; other parts ("message") are ignored, as documented.
Awaitable<Status> find_file_part(http::MultipartReader& parts) {
  while (true) {
    ATHANOR_CO_TRY(const auto part, co_await parts.next_part());
    if (!part) {
      co_return fail(ErrorCode::invalid_argument,
                     "the upload has no part named \"file\": send the archive as multipart form "
                     "data, for example curl -F file=@images.tar.gz");
    }
    if (part->name == "file") {
      co_return Status();
    }
  }
}

/// Socket → pipe, until either end is done.
Awaitable<Status> feed(http::MultipartReader& parts, BytePipe& pipe) {
  while (true) {
    std::string piece(piece_bytes, '\0');
    auto count = co_await parts.read_some(piece);
    if (!count) {
      pipe.close(count.error());
      co_return fail(count.error());
    }
    if (*count == 0) {
      pipe.close();
      co_return Status();
    }
    piece.resize(*count);
    const bool taken = co_await pipe.push(std::move(piece));
    if (!taken) {
      co_return Status();
    }
  }
}

/// Pipe → folder. Runs on the blocking pool.
Status unpack_from(BytePipe& pipe, const std::filesystem::path& folder) {
  const auto source = [&pipe](std::span<char> buffer) { return pipe.read(buffer); };
  const auto summary = datasets::unpack(source, folder);
  pipe.abandon();
  return summary ? Status() : Status(fail(summary.error()));
}

/// Unpacks the part while it arrives.
Awaitable<Status> receive(Services& services,
                          http::MultipartReader& parts,
                          const std::filesystem::path& folder) {
  BytePipe pipe(co_await boost::asio::this_coro::executor);
  Status fed;
  Status unpacked;
  const auto feeding = [](http::MultipartReader& from,
                          BytePipe& to,
                          Status& out) -> Awaitable<void> { out = co_await feed(from, to); };
  const auto unpacking = [](BlockingPool& pool,
                            BytePipe& from,
                            const std::filesystem::path& into,
                            Status& out) -> Awaitable<void> {
    out = co_await pool.run([&from, &into] { return unpack_from(from, into); });
  };
  co_await both(feeding(parts, pipe, fed), unpacking(services.pool, pipe, folder, unpacked));
  // A broken connection is the cause of a truncated archive, so it comes first.
  co_return fed ? unpacked : fed;
}

/// Removes data that were published in vain; what stays is removed at the next start.
void abandon(const std::filesystem::path& folder) {
  if (const auto removed = remove_tree(folder); !removed) {
    log::warning("api", removed.error().message);
  }
}

/// Joins the upload with the former data, checks the whole and puts it in force.
Status publish(Services& services,
               const store::DatasetRecord& dataset,
               datasets::Staging& staging) {
  ATHANOR_CHECK_OK(staging.merge(dataset.data_folder));
  ATHANOR_CHECK_OK(datasets::check_layout(staging.path(), dataset.type, dataset.format));
  ATHANOR_TRY(const auto folder, staging.publish());
  pass(KillPoint::upload_published);
  const auto change = [&folder](store::DatasetRecord& record) -> Status {
    record.data_folder = folder;
    record.last_modified = now_iso();
    return {};
  };
  const auto updated = services.store.datasets().update(dataset.user_id, dataset.id, change);
  if (!updated) {
    abandon(services.data_folder / folder);
    return fail(updated.error());
  }
  pass(KillPoint::upload_recorded);
  services.supervisor.wake();  // The former data may go, once no job reads them.
  return {};
}

}  // namespace

Awaitable<Result<http::Response>> upload_dataset(Services& services, Call call) {
  ATHANOR_CO_TRY(const auto dataset, co_await services.pool.run([&services, &call] {
    return services.store.datasets().get(call.user, call.owner);
  }));
  const auto content_type = call.request.headers.find("Content-Type").value_or("");
  ATHANOR_CO_TRY(auto parts, http::MultipartReader::open(content_type, *call.request.body));
  ATHANOR_CO_CHECK_OK(co_await find_file_part(parts));
  ATHANOR_CO_TRY(auto staging, co_await services.pool.run([&services, &dataset] {
    return datasets::Staging::create(services.data_folder, dataset.id);
  }));
  ATHANOR_CO_CHECK_OK(co_await receive(services, parts, staging.path()));
  pass(KillPoint::upload_unpacked);
  ATHANOR_CO_CHECK_OK(co_await services.pool.run(
      [&services, &dataset, &staging] { return publish(services, dataset, staging); }));
  co_return json_reply(201, {{"message", "Data successfully uploaded"}});
}

}  // namespace athanor::api
