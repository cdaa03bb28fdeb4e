#include "athanor/cli/dataset_commands.hpp"

#include <fmt/format.h>

#include "athanor/cli/classification_layout.hpp"
#include "athanor/cli/dataset_upload.hpp"
#include "athanor/cli/output.hpp"

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

/// What `show` and `update` print.
const std::vector<std::string> dataset_fields_shown = {
    "id", "name", "description", "type", "format", "version", "created_on", "last_modified"};

Result<Split> split_named(const std::string& name) {
  if (name == "train") {
    return Split::train;
  }
  if (name == "val") {
    return Split::val;
  }
  if (name == "test") {
    return Split::test;
  }
  return fail(ErrorCode::invalid_argument,
              fmt::format("--split {} is none of train, val, test", name));
}

/// What to pack for this dataset: class folders by their split, else the folder as it is.
Result<std::vector<datasets::PackEntry>> entries_for(const Json& dataset,
                                                     const DatasetUploadOptions& options) {
  if (!options.split) {
    return entries_as_they_are(options.source);
  }
  if (text_of(dataset, "type") != "image_classification") {
    return fail(ErrorCode::invalid_argument,
                "--split is for datasets of type image_classification; lay the folder out as the "
                "archive should be and leave it off");
  }
  if (text_of(dataset, "format") == "raw") {
    return unlabelled_entries(options.source);
  }
  ATHANOR_TRY(const auto split, split_named(*options.split));
  return labelled_entries(options.source, split);
}

/// What the pictures and labels hold: "classes  cat  120".
std::vector<std::vector<std::string>> count_rows(const Json& report) {
  std::vector<std::vector<std::string>> rows = {{"COUNT OF", "NAME", "NUMBER"}};
  for (const auto& [group, counts] : report.at("counts").items()) {
    for (const auto& [name, count] : counts.items()) {
      rows.push_back({group, name, count.dump()});
    }
  }
  const auto& inspection = report.at("inspection");
  rows.push_back({"pictures", "decoded", text_of(inspection, "decoded")});
  rows.push_back({"inspection", "state", text_of(inspection, "state")});
  return rows;
}

void add_faults(std::vector<std::vector<std::string>>& rows, const Json& faults) {
  for (const auto& fault : faults.at("listed")) {
    const auto line = text_of(fault, "line");
    rows.push_back({text_of(fault, "file") + (line == "-" ? "" : ":" + line),
                    text_of(fault, "message"),
                    text_of(fault, "mend")});
  }
}

std::vector<std::vector<std::string>> fault_rows(const Json& report) {
  std::vector<std::vector<std::string>> rows = {{"FILE", "WARNING", "MEND"}};
  add_faults(rows, report.at("faults"));
  if (report.at("inspection").contains("faults")) {
    add_faults(rows, report.at("inspection").at("faults"));
  }
  return rows;
}

}  // namespace

Result<ExitCode> dataset_create(Context& context, const DatasetCreateOptions& options) {
  Json body = {{"type", options.type}, {"format", options.format}};
  add_details(body, options.details);
  ATHANOR_TRY(const auto record, context.client.post("/dataset", body));
  print_made(context, record);
  return ExitCode::ok;
}

Result<ExitCode> dataset_list(Context& context, const DatasetListOptions& options) {
  const auto query = query_text({{"name", options.name}, {"type", options.type}}, options.paging);
  ATHANOR_TRY(const auto records, context.client.get("/dataset" + query));
  print_list(context, records, {"id", "name", "type", "format", "last_modified"});
  return ExitCode::ok;
}

Result<ExitCode> dataset_show(Context& context, const std::string& id) {
  ATHANOR_TRY(const auto record, context.client.get("/dataset/" + id));
  print_record(context, record, dataset_fields_shown);
  return ExitCode::ok;
}

Result<ExitCode> dataset_update(Context& context, const DatasetUpdateOptions& options) {
  Json body = Json::object();
  add_details(body, options.details);
  ATHANOR_TRY(const auto record, context.client.patch("/dataset/" + options.id, body));
  print_record(context, record, dataset_fields_shown);
  return ExitCode::ok;
}

Result<ExitCode> dataset_upload(Context& context, const DatasetUploadOptions& options) {
  ATHANOR_TRY(const auto dataset, context.client.get("/dataset/" + options.id));
  const auto label = options.source.filename().string();
  Upload upload;
  std::error_code error;
  if (fs::is_regular_file(options.source, error) &&
      fs::file_size(options.source, error) >= resumable_from_bytes) {
    ATHANOR_TRY(const auto reply,
                send_resumably(context.client, options.id, label, options.source));
    print_done(context, reply, text_of(reply, "message"));
    return ExitCode::ok;
  }
  if (fs::is_directory(options.source, error)) {
    ATHANOR_TRY(auto entries, entries_for(dataset, options));
    upload = packed_upload(std::move(entries));
  } else {
    ATHANOR_TRY(upload, file_upload(options.source));
  }
  ATHANOR_TRY(const auto reply, send_upload(context.client, options.id, label, std::move(upload)));
  print_done(context, reply, text_of(reply, "message"));
  return ExitCode::ok;
}

Result<ExitCode> dataset_report(Context& context, const std::string& id) {
  ATHANOR_TRY(const auto report, context.client.get("/dataset/" + id + "/report"));
  if (context.json) {
    print_json(report);
    return ExitCode::ok;
  }
  print_record(context, report, {"dataset_id", "created_on", "type", "format", "files", "bytes"});
  print(format_table(count_rows(report)));
  print(format_table(fault_rows(report)));
  return ExitCode::ok;
}

Result<ExitCode> dataset_delete(Context& context, const std::string& id) {
  ATHANOR_TRY(const auto record, context.client.remove("/dataset/" + id));
  print_done(context, record, fmt::format("dataset {} deleted", id));
  return ExitCode::ok;
}

}  // namespace athanor::cli
