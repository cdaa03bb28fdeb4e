#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

/// The job directory: all that the two programs say to each other (docs/job-directory.md).
/// The server writes job.json and starts the worker; the worker appends to status.json and fills
/// artifacts/; its standard output and error are log.txt. The same for every executor.
namespace athanor::contract {

inline constexpr const char* request_file = "job.json";
inline constexpr const char* status_file = "status.json";
inline constexpr const char* log_file = "log.txt";
inline constexpr const char* artifacts_folder = "artifacts";
/// Version of the layout; a worker refuses a request of another one.
inline constexpr int format_version = 1;

/// One linked dataset, unpacked and readable.
struct DatasetInput {
  std::string id;
  std::string type;            ///< "image_classification"
  std::string format;          ///< "default"
  std::filesystem::path root;  ///< Folder that holds images_train/ and so on.
};

/// The job whose output this one starts from.
struct ParentInput {
  std::string job_id;
  std::string action;               ///< "train"
  std::filesystem::path artifacts;  ///< Its artifacts folder.
};

/// The pretrained model that a training starts from.
struct PretrainedInput {
  std::string model_id;
  std::string name;  ///< "mobilenet_v2", for messages.
  /// A safetensors file, or the artifacts folder of the job that trained the model.
  std::filesystem::path weights;
};

/// What job.json says.
struct JobRequest {
  std::string job_id;
  std::string network;  ///< "classification"; empty for actions on a dataset.
  std::string action;   ///< "train"
  /// Of the HTTP request that posted the job; empty where none is known.
  std::string request_id;
  /// The whole spec: the user's over the schema's defaults, validated.
  Json spec = Json::object();
  /// Parameters that the user set and that have no effect; the worker warns about each.
  std::vector<std::string> ignored_parameters;
  std::vector<DatasetInput> train_datasets;
  std::optional<DatasetInput> eval_dataset;
  std::optional<DatasetInput> inference_dataset;
  std::optional<DatasetInput> calibration_dataset;
  std::optional<ParentInput> parent;
  std::optional<PretrainedInput> pretrained;
  int threads = 1;  ///< Compute threads the worker may use.
  /// From 2 on the job was resumed: its worker goes on from what the earlier ones left in
  /// artifacts/.
  std::int64_t attempt = 1;
  /// Whether a training measures a step and forecasts what it takes before it begins.
  bool preflight = true;
};

[[nodiscard]] Json to_json(const JobRequest& request);
[[nodiscard]] Result<JobRequest> job_request_from_json(const Json& json);

/// Writes job.json atomically into an existing job directory.
[[nodiscard]] Status write_job_request(const std::filesystem::path& directory,
                                       const JobRequest& request);
[[nodiscard]] Result<JobRequest> read_job_request(const std::filesystem::path& directory);

}  // namespace athanor::contract
