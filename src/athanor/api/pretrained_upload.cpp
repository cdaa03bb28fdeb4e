#include "athanor/api/pretrained_upload.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <string_view>

#include <fmt/format.h>

#include "athanor/api/file_part.hpp"
#include "athanor/api/pace.hpp"
#include "athanor/api/record_json.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/settled_record.hpp"
#include "athanor/catalog/networks.hpp"
#include "athanor/catalog/pretrained.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/disk_calls.hpp"
#include "athanor/core/disk_room.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/core/sha256.hpp"
#include "athanor/http/multipart.hpp"
#include "athanor/jobs/pretrained_staging.hpp"

namespace athanor::api {

namespace {

constexpr std::size_t received_at_once = 256 * limits::kib;

/// What the query asks for.
struct PretrainedRequest {
  std::string_view network;
  std::string backbone;
  std::string name;
};

/// The file as it came.
struct ReceivedFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;
};

Result<std::string> required(const http::Request& request, std::string_view parameter) {
  const auto value = request.query_value(parameter).value_or("");
  if (value.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the query needs {0}: ?network=classification&backbone=resnet18"
                            "&name=resnet18",
                            parameter));
  }
  return std::string(value);
}

Status check_name(const std::string& name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (name.size() > limits::pretrained_name_bytes || name.front() == '.' || name.front() == '-' ||
      !std::ranges::all_of(name, is_plain)) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("name: up to {} letters, digits and . _ -, and not beginning with . or -",
                    limits::pretrained_name_bytes));
  }
  return {};
}

Result<PretrainedRequest> parse_request(const http::Request& request) {
  PretrainedRequest parsed;
  ATHANOR_TRY(const auto network, required(request, "network"));
  ATHANOR_TRY(parsed.backbone, required(request, "backbone"));
  ATHANOR_TRY(parsed.name, required(request, "name"));
  ATHANOR_CHECK_OK(check_name(parsed.name));
  const auto* info = catalog::find_network(network);
  if (info == nullptr) {
    return fail(ErrorCode::invalid_argument, fmt::format("Invalid network \"{}\"", network));
  }
  if (catalog::pretrained_collection(info->name).empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("network: {} takes no pretrained weights", info->name));
  }
  parsed.network = info->name;
  return parsed;
}

/// The part to a file, synced; memory stays flat.
Awaitable<Result<ReceivedFile>> receive(BlockingPool& pool,
                                        http::MultipartReader& parts,
                                        std::filesystem::path path) {
  ATHANOR_CO_TRY(auto name, co_await find_file_part(parts, "the weights", "resnet18.pth"));
  ReceivedFile received{std::move(name), 0, {}};
  const UniqueFd file(disk::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) {
    co_return fail(system_error("cannot store the weights", errno));
  }
  DiskRoom room(path.parent_path());
  Sha256 digest;
  Pace pace;
  std::string piece(received_at_once, '\0');
  while (true) {
    const auto asked = std::chrono::steady_clock::now();
    ATHANOR_CO_TRY(const std::size_t count, co_await parts.read_some(piece));
    if (count == 0) {
      break;
    }
    if (!pace.keeps_up(std::chrono::steady_clock::now() - asked, count)) {
      co_return fail(too_slow());
    }
    const std::string_view bytes(piece.data(), count);
    ATHANOR_CO_CHECK_OK(co_await pool.run([&file, &bytes, &digest, &room]() -> Status {
      ATHANOR_CHECK_OK(room.take(bytes.size()));
      digest.add(bytes);
      return write_all(file.get(), bytes);
    }));
    received.bytes += count;
  }
  received.sha256 = digest.hex();
  co_return received;
}

store::ModelRecord new_record(Uuid id, const PretrainedRequest& request) {
  store::ModelRecord model;
  model.id = id;  // The owner is nobody: the nil user.
  model.created_on = now_iso();
  model.last_modified = model.created_on;
  model.name = request.name;
  model.description = fmt::format("Pretrained weights of {}", request.backbone);
  model.version = "1.0.0";
  model.logo = "https://www.nvidia.com";
  model.ngc_path =
      fmt::format("{}:{}", catalog::pretrained_collection(request.network), request.name);
  model.network_arch = request.network;
  model.read_only = true;
  model.is_public = true;
  model.automl = automl_off();
  return model;
}

/// Weights in place, then the record of them. Blocks.
Result<store::ModelRecord> publish(Services& services,
                                   jobs::PretrainedStaging& staging,
                                   store::ModelRecord model) {
  ATHANOR_TRY(const auto folder, staging.publish());
  pass(KillPoint::weights_published);
  if (const auto inserted = services.store.models().insert_pretrained(model); !inserted) {
    const auto recorded = settled_record(services.store, [&] {
      return services.store.models().get(model.user_id, model.id, false);
    });
    if (!recorded) {
      return fail(inserted.error());  // The next start knows.
    }
    if (!recorded->has_value()) {
      if (const auto removed = remove_tree(services.data_folder / folder); !removed) {
        log::warning("api", removed.error().message);  // The next start removes it.
      }
      return fail(inserted.error());
    }
  }
  pass(KillPoint::weights_recorded);
  return model;
}

Status check_free(Services& services, const PretrainedRequest& request) {
  ATHANOR_TRY(const auto all, services.store.models().pretrained());
  const auto taken = std::ranges::find_if(all, [&request](const store::ModelRecord& model) {
    return model.network_arch == request.network && model.name == request.name;
  });
  if (taken == all.end()) {
    return {};
  }
  // With its id, since one without weights is in no list.
  return fail(ErrorCode::conflict,
              fmt::format("{} has a pretrained model \"{}\" already: remove it ({}) first, or "
                          "choose another name",
                          request.network,
                          request.name,
                          taken->id.to_string()));
}

/// Turns of the importing process, one at a time whatever the memory of the machine.
constexpr Uuid import_turn;

}  // namespace

Status check_admin(Services& services, Uuid user) {
  if (services.authority.mode() == auth::Mode::none) {
    return {};
  }
  ATHANOR_TRY(const bool is_admin, services.store.users().is_admin(user));
  return is_admin ? Status()
                  : Status(fail(ErrorCode::forbidden,
                                "only an administrator may change the pretrained models: athanor "
                                "user admin NAME --data-dir DIR makes one"));
}

Json pretrained_json(const store::ModelRecord& model) {
  Json json = {{"id", model.id.to_string()},
               {"created_on", model.created_on},
               {"name", model.name},
               {"network_arch", model.network_arch},
               {"ngc_path", model.ngc_path}};
  for (const char* key : {"backbone",
                          "classes",
                          "parameters",
                          "tensors",
                          "format",
                          "notes",
                          "file_name",
                          "file_bytes",
                          "sha256"}) {
    json[key] = model.weights.value(key, Json());
  }
  return json;
}

Awaitable<Result<http::Response>> add_pretrained(Services& services, Call call) {
  ATHANOR_CO_TRY(const auto request, parse_request(call.request));
  ATHANOR_CO_CHECK_OK(co_await services.pool.run([&services, &call, &request]() -> Status {
    ATHANOR_CHECK_OK(check_admin(services, call.user));
    return check_free(services, request);
  }));
  const auto content_type = call.request.headers.find("Content-Type").value_or("");
  ATHANOR_CO_TRY(auto parts, http::MultipartReader::open(content_type, *call.request.body));
  const auto place = co_await services.uploads.enter();
  if (!place) {
    co_return fail(ErrorCode::unavailable, "too many uploads are under way; try again later");
  }
  auto& pool = services.uploads.pool();
  auto model = new_record(Uuid::random(), request);
  ATHANOR_CO_TRY(auto staging, co_await pool.run([&services, &model] {
    return jobs::PretrainedStaging::create(services.data_folder, model.id);
  }));
  ATHANOR_CO_TRY(const auto received, co_await receive(pool, parts, staging.received()));
  pass(KillPoint::weights_received);
  const auto turn = co_await services.uploads.turn(import_turn);
  ATHANOR_CO_TRY(
      model.weights,
      co_await services.imports.run(staging.received(), request.backbone, staging.path()));
  model.weights["file_name"] = received.name;
  model.weights["file_bytes"] = received.bytes;
  model.weights["sha256"] = received.sha256;
  ATHANOR_CO_TRY(const auto added, co_await pool.run([&services, &staging, &model] {
    return publish(services, staging, model);
  }));
  co_return json_reply(201, pretrained_json(added));
}

}  // namespace athanor::api
