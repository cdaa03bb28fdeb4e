#include "athanor/cli/pretrained_commands.hpp"

#include <fmt/format.h>

#include "athanor/cli/dataset_upload.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/cli/progress.hpp"
#include "athanor/cli/torchvision_files.hpp"
#include "athanor/cli/url_text.hpp"
#include "athanor/cli/web_file.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t pretrained_milestone_bytes = 64'000'000;

const std::vector<std::string> pretrained_fields_shown = {"id",
                                                          "name",
                                                          "network_arch",
                                                          "ngc_path",
                                                          "backbone",
                                                          "classes",
                                                          "parameters",
                                                          "tensors",
                                                          "notes",
                                                          "file_name",
                                                          "file_bytes",
                                                          "format",
                                                          "sha256",
                                                          "created_on"};

ProgressState moving(const std::string& verb, const std::string& name, std::uint64_t bytes) {
  return {verb, {}, fmt::format("{}  {}", name, format_bytes(static_cast<double>(bytes)))};
}

fs::path download_target(const PretrainedFetchOptions& options, std::string_view file) {
  std::error_code error;
  return fs::is_directory(options.output, error) ? options.output / file : options.output;
}

}  // namespace

Result<std::string> pretrained_id(Client& client,
                                  const std::string& model,
                                  const std::optional<std::string>& network) {
  if (Uuid::parse(model)) {
    return model;
  }
  ATHANOR_TRY(const auto all, client.get("/pretrained"));
  std::vector<std::string> found;
  for (const auto& each : all) {
    const bool is_wanted = !network || text_of(each, "network_arch") == *network;
    if (is_wanted && text_of(each, "name") == model) {
      found.push_back(text_of(each, "id"));
    }
  }
  if (found.size() == 1) {
    return found.front();
  }
  return found.empty()
             ? fail(ErrorCode::not_found,
                    fmt::format("there is no pretrained model \"{}\": see athanor pretrained list",
                                model))
             : fail(ErrorCode::invalid_argument,
                    fmt::format("several networks have a pretrained model \"{}\": give its id",
                                model));
}

Result<ExitCode> pretrained_add(Context& context, const PretrainedAddOptions& options) {
  ATHANOR_TRY(auto upload, file_upload(options.file));
  const auto name = options.name.value_or(options.backbone);
  auto progress = ProgressLine::on_stderr();
  upload.on_progress = [&progress, &name](std::uint64_t sent) {
    progress.update(moving("upload", name, sent),
                    static_cast<long>(sent / pretrained_milestone_bytes));
  };
  const auto path =
      "/pretrained" +
      query_text({{"network", options.network}, {"backbone", options.backbone}, {"name", name}});
  ATHANOR_TRY(const auto record, context.client.upload(path, std::move(upload)));
  progress.finish(fmt::format("added  {}: {} tensors of a {}, {} classes",
                              text_of(record, "ngc_path"),
                              text_of(record, "tensors"),
                              text_of(record, "backbone"),
                              text_of(record, "classes")));
  for (const auto& note : record.value("notes", Json::array())) {
    print_note("note: " + note.get<std::string>());
  }
  print_made(context, record);
  return ExitCode::ok;
}

Result<ExitCode> pretrained_list(Context& context, const std::optional<std::string>& network) {
  ATHANOR_TRY(const auto all, context.client.get("/pretrained"));
  Json wanted = Json::array();
  for (const auto& each : all) {
    if (!network || text_of(each, "network_arch") == *network) {
      wanted.push_back(each);
    }
  }
  print_list(context, wanted, {"id", "name", "network_arch", "backbone", "classes", "created_on"});
  return ExitCode::ok;
}

Result<ExitCode> pretrained_show(Context& context, const std::string& model) {
  ATHANOR_TRY(const auto id, pretrained_id(context.client, model, std::nullopt));
  ATHANOR_TRY(const auto record, context.client.get("/pretrained/" + id));
  print_record(context, record, pretrained_fields_shown);
  return ExitCode::ok;
}

Result<ExitCode> pretrained_remove(Context& context, const std::string& model) {
  ATHANOR_TRY(const auto id, pretrained_id(context.client, model, std::nullopt));
  ATHANOR_TRY(const auto record, context.client.remove("/pretrained/" + id));
  print_done(context, record, fmt::format("pretrained model {} removed", model));
  return ExitCode::ok;
}

Result<ExitCode> pretrained_fetch(const PretrainedFetchOptions& options) {
  ATHANOR_TRY(const auto file, find_torchvision_file(options.backbone));
  auto folder = options.mirror.empty() ? std::string(torchvision_address) : options.mirror;
  while (folder.ends_with('/')) {
    folder.pop_back();
  }
  const auto target = download_target(options, file.name);
  auto progress = ProgressLine::on_stderr();
  const auto show = [&progress, &file](std::uint64_t bytes) {
    progress.update(moving("download", std::string(file.name), bytes),
                    static_cast<long>(bytes / pretrained_milestone_bytes));
  };
  ATHANOR_TRY(const auto download,
              download_web_file({fmt::format("{}/{}", folder, file.name),
                                 std::string(file.sha256_prefix()),
                                 target,
                                 show}));
  progress.finish(
      fmt::format("{}  {}  {}; to add it: athanor pretrained add {} --network classification "
                  "--backbone {}",
                  download.was_there ? "already there" : "downloaded",
                  file.name,
                  format_bytes(static_cast<double>(download.bytes)),
                  target.string(),
                  file.backbone));
  if (options.json) {
    print_json({{"backbone", file.backbone}, {"file", target.string()}, {"bytes", download.bytes}});
  } else {
    print(target.string());
  }
  return ExitCode::ok;
}

}  // namespace athanor::cli
