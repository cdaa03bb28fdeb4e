#include "athanor/api/serve.hpp"

#include <chrono>
#include <csignal>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "athanor/api/application.hpp"
#include "athanor/api/data_folder.hpp"
#include "athanor/api/open_files.hpp"
#include "athanor/api/pretrained_records.hpp"
#include "athanor/core/blocked_signals.hpp"
#include "athanor/core/data_folder.hpp"
#include "athanor/core/folder_lock.hpp"
#include "athanor/core/log.hpp"
#include "athanor/core/temporary_files.hpp"
#include "athanor/datasets/staging.hpp"
#include "athanor/jobs/pretrained_staging.hpp"

namespace athanor::api {

namespace {

/// What is allowed but seldom meant.
Status warn_of_pitfalls(const Settings& settings, store::Store& store) {
  const auto& address = settings.endpoint.address;
  if (settings.options.tls.certificate.empty() && !is_loopback(address)) {
    log::warning("server",
                 "keys and tokens travel in the clear: use --tls-certificate and --tls-key, or "
                 "listen on 127.0.0.1 behind a proxy that speaks TLS",
                 {{"address", address}});
  }
  ATHANOR_TRY(const auto users, store.users().list());
  if (users.empty() && settings.mode == auth::Mode::keys) {
    log::warning("server", "nobody can log in yet: athanor user add NAME --data-dir DIR");
  }
  return {};
}

/// Two servers on one folder would both run its jobs.
Result<FolderLock> claim(const std::filesystem::path& folder) {
  // A program that a killed server was about to start may keep the lock for a moment.
  constexpr std::chrono::seconds patience{2};
  auto lock = FolderLock::take(folder, patience);
  if (!lock && lock.error().code == ErrorCode::conflict) {
    return fail(ErrorCode::conflict,
                fmt::format("another server runs on {}: stop it, or choose another --data-dir",
                            folder.string()));
  }
  return lock;
}

/// Removes what a crash in a start or an upload left behind. Former data that an adopted job may
/// still read are noted as removed and left to the supervisor.
Status remove_leftovers(store::Store& store, const std::filesystem::path& data_folder) {
  ATHANOR_TRY(const auto folders, store.datasets().data_folders());
  ATHANOR_TRY(const auto removed, store.removed_folders().list());
  std::set<std::string> known(folders.begin(), folders.end());
  known.insert(removed.begin(), removed.end());
  ATHANOR_TRY(const auto pretrained, store.models().pretrained());
  for (const auto& model : pretrained) {
    known.insert(pretrained_folder(model.id));
  }
  const auto is_known = [&](const std::string& folder) { return known.contains(folder); };
  ATHANOR_CHECK_OK(remove_temporary_files_directly_in(data_folder));
  ATHANOR_CHECK_OK(jobs::remove_pretrained_leftovers(data_folder, is_known));
  return datasets::remove_leftovers(data_folder, is_known);
}

/// No list shows these, so that somebody who misses one finds its id here.
Status warn_of_lost_weights(store::Store& store, const std::filesystem::path& data_folder) {
  ATHANOR_TRY(const auto pretrained, pretrained_records(store, data_folder));
  for (const auto& model : pretrained.lost) {
    log::warning("server",
                 "the weights of a pretrained model are gone, so it is not listed: athanor "
                 "pretrained remove ID",
                 {{"model_id", model.id.to_string()},
                  {"name", model.name},
                  {"network_arch", model.network_arch}});
  }
  return {};
}

Status serve_checked(const ServeOptions& options) {
  // A limit on the size of files is an error of the write, not the server's end.
  std::signal(SIGXFSZ, SIG_IGN);
  ATHANOR_TRY(auto settings, check_options(options));
  log::set_level(options.log_level);
  raise_open_files_limit();
  ATHANOR_TRY(const auto folder, open_data_folder(options.data_folder));
  settings.options.data_folder = folder;
  ATHANOR_TRY(const auto lock, claim(folder));
  // Store and application start the threads of the server; signals are this thread's.
  std::optional<BlockedSignals> blocked(std::in_place);
  Metrics metrics;
  ATHANOR_TRY(auto store,
              store::open_store(store_url_of(folder, options.store_url),
                                [&metrics](bool writes, std::chrono::duration<double> duration) {
                                  metrics.store_called(writes, duration);
                                }));
  ATHANOR_TRY(auto signer, auth::open_signer(folder));
  ATHANOR_CHECK_OK(remove_leftovers(*store, folder));
  ATHANOR_CHECK_OK(warn_of_lost_weights(*store, folder));
  ATHANOR_CHECK_OK(warn_of_pitfalls(settings, *store));
  Application application(settings, metrics, std::move(signer), std::move(store));
  blocked.reset();
  return application.run();
}

}  // namespace

Status serve(const ServeOptions& options) {
  auto served = serve_checked(options);
  if (!served) {
    log::error("server", served.error().message);
  }
  return served;
}

}  // namespace athanor::api
