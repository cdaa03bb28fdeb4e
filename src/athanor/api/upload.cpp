#include "athanor/api/upload.hpp"

#include <chrono>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "athanor/api/byte_pipe.hpp"
#include "athanor/api/file_part.hpp"
#include "athanor/api/pace.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/settled_record.hpp"
#include "athanor/async/task.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/datasets/intake.hpp"
#include "athanor/datasets/layout.hpp"
#include "athanor/datasets/report.hpp"
#include "athanor/datasets/staging.hpp"
#include "athanor/datasets/survey.hpp"
#include "athanor/http/multipart.hpp"

namespace athanor::api {

namespace {

/// Socket → pipe, until either end is done.
Awaitable<Status> feed(http::MultipartReader& parts, BytePipe& pipe) {
  Pace pace;
  while (true) {
    auto piece = pipe.spare_piece();
    const auto asked = std::chrono::steady_clock::now();
    auto count = co_await parts.read_some({piece.bytes.get(), BytePipe::piece_bytes});
    if (count && !pace.keeps_up(std::chrono::steady_clock::now() - asked, *count)) {
      count = fail(too_slow());
    }
    if (!count) {
      pipe.close(count.error());
      co_return fail(count.error());
    }
    if (*count == 0) {
      pipe.close();
      co_return Status();
    }
    piece.size = *count;
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
Awaitable<Status> receive_part(Services& services,
                               http::MultipartReader& parts,
                               const std::filesystem::path& folder) {
  const IoExecutor strand = co_await boost::asio::this_coro::executor;
  BytePipe pipe(strand, services.uploads.stopping());
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
  co_await both(feeding(parts, pipe, fed),
                unpacking(services.uploads.pool(), pipe, folder, unpacked));
  // A broken connection is the cause of a truncated archive, so it comes first.
  co_return fed ? unpacked : fed;
}

/// Removes data that were published in vain; what stays is removed at the next start.
void abandon(const std::filesystem::path& folder) {
  if (const auto removed = remove_tree(folder); !removed) {
    log::warning("api", removed.error().message);
  }
}

Json new_report(const store::DatasetRecord& dataset, const datasets::Survey& survey) {
  Json report = {{"dataset_id", dataset.id.to_string()},
                 {"created_on", now_iso()},
                 {"type", dataset.type},
                 {"format", dataset.format}};
  report.update(to_json(survey));
  return report;
}

/// Joins the upload with the data now in force, checks the whole and puts it in force. The caller
/// has the dataset's turn. What the dataset holds now, in a sentence.
Result<std::string> publish(Services& services, const Call& call, datasets::Staging& staging) {
  ATHANOR_TRY(const auto dataset, services.store.datasets().get(call.user, call.owner));
  ATHANOR_CHECK_OK(staging.merge(dataset.data_folder));
  ATHANOR_CHECK_OK(datasets::check_layout(staging.path(), dataset.type, dataset.format));
  staging.start_sync();
  ATHANOR_TRY(const auto survey, datasets::survey(staging.path(), dataset.type, dataset.format));
  ATHANOR_TRY(const auto folder, staging.publish());
  pass(KillPoint::upload_published);
  const auto change = [&folder](store::DatasetRecord& record) -> Status {
    record.data_folder = folder;
    record.last_modified = now_iso();
    return {};
  };
  const auto record = [&]() -> Status {
    ATHANOR_CHECK_OK(
        datasets::write_report(services.data_folder, folder, new_report(dataset, survey)));
    ATHANOR_CHECK_OK(services.store.datasets().update(dataset.user_id, dataset.id, change));
    return {};
  };
  if (const auto recorded = record(); !recorded) {
    const auto in_force = settled_record(
        services.store, [&] { return services.store.datasets().get(dataset.user_id, dataset.id); });
    if (!in_force) {
      return fail(recorded.error());  // The next start knows whether these data are named.
    }
    if (!*in_force || (*in_force)->data_folder != folder) {
      abandon(services.data_folder / folder);
      return fail(recorded.error());
    }
  }
  pass(KillPoint::upload_recorded);
  datasets::remove_other_reports(services.data_folder, folder);
  services.inspections.request(folder);
  services.supervisor.wake();  // The former data may go, once no job reads them.
  return datasets::summary_of(survey);
}

Awaitable<Result<std::string>> receive_and_publish(Services& services,
                                                   const Call& call,
                                                   const Receive& receive) {
  const auto place = co_await services.uploads.enter();
  if (!place) {
    co_return fail(ErrorCode::unavailable,
                   fmt::format("{} uploads are under way, as many as this server takes at once; "
                               "try again later",
                               limits::uploads_at_once));
  }
  auto& pool = services.uploads.pool();
  ATHANOR_CO_TRY(auto staging, co_await pool.run([&services, &call] {
    return datasets::Staging::create(services.data_folder, call.owner);
  }));
  ATHANOR_CO_CHECK_OK(co_await receive(staging.path()));
  pass(KillPoint::upload_unpacked);
  const auto turn = co_await services.uploads.turn(call.owner);
  co_return co_await pool.run(
      [&services, &call, &staging] { return publish(services, call, staging); });
}

Result<store::DatasetRecord> find_dataset(Services& services, const Call& call) {
  return services.store.datasets().get(call.user, call.owner);
}

}  // namespace

Awaitable<Result<std::string>> take_in(Services& services,
                                       const Call& call,
                                       const Receive& receive) {
  auto taken = co_await receive_and_publish(services, call, receive);
  if (!taken) {
    // A dataset deleted meanwhile took the upload's folder with it: that is the reason then.
    ATHANOR_CO_CHECK_OK(
        co_await services.pool.run([&services, &call] { return find_dataset(services, call); }));
  }
  co_return taken;
}

std::string upload_message(const std::string& summary) {
  return "Data successfully uploaded: " + summary;  // Old clients look for these words.
}

Awaitable<Result<http::Response>> upload_dataset(Services& services, Call call) {
  ATHANOR_CO_CHECK_OK(
      co_await services.pool.run([&services, &call] { return find_dataset(services, call); }));
  const auto content_type = call.request.headers.find("Content-Type").value_or("");
  ATHANOR_CO_TRY(auto parts, http::MultipartReader::open(content_type, *call.request.body));
  ATHANOR_CO_CHECK_OK(co_await find_file_part(parts, "the archive", "images.tar.gz"));
  const Receive receive = [&services, &parts](const std::filesystem::path& folder) {
    return receive_part(services, parts, folder);
  };
  ATHANOR_CO_TRY(const auto summary, co_await take_in(services, call, receive));
  co_return json_reply(201, {{"message", upload_message(summary)}});
}

}  // namespace athanor::api
