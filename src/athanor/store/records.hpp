#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/core/uuid.hpp"

/// Rows of the database as the rest of the control plane sees them. Times are ISO text (clock.hpp).
namespace athanor::store {

enum class OwnerKind { dataset, model };

/// The API's four states; nothing else is visible.
enum class JobState { pending, running, done, error };

[[nodiscard]] std::string_view name_of(OwnerKind kind);  ///< "dataset", "model"
[[nodiscard]] std::string_view name_of(JobState state);  ///< "Pending", "Running", "Done", "Error"

struct DatasetRecord {
  Uuid id;
  Uuid user_id;
  std::string created_on;
  std::string last_modified;
  std::string name;
  std::string description;
  std::string version;
  std::string logo;
  std::string type;
  std::string format;
  /// Folder of the current data below the data directory; empty before the first upload.
  std::string data_folder;
};

struct ModelRecord {
  Uuid id;
  Uuid user_id;
  std::string created_on;
  std::string last_modified;
  std::string name;
  std::string description;
  std::string version;
  std::optional<std::string> logo;
  std::string ngc_path;
  std::optional<std::string> additional_id_info;
  std::optional<std::string> encryption_key;  ///< Absent on pretrained records, on purpose.
  std::string network_arch;
  bool read_only = false;
  bool is_public = false;
  std::optional<Uuid> ptm;
  std::vector<Uuid> train_datasets;
  std::optional<Uuid> eval_dataset;
  std::optional<Uuid> inference_dataset;
  std::optional<Uuid> calibration_dataset;
  /// The automl_* fields and metric as the API shows them; checked by api/.
  Json automl = Json::object();
  /// Of a pretrained model: its weights, as jobs/pretrained_weights.hpp knows them. Else null.
  Json weights = nullptr;
};

struct JobRecord {
  Uuid id;
  Uuid user_id;
  OwnerKind owner_kind = OwnerKind::model;
  Uuid owner_id;
  std::optional<Uuid> parent_id;
  std::string created_on;
  std::string last_modified;
  std::string action;
  JobState state = JobState::pending;
  Json result = Json::object();  ///< Contract 6.5.
  /// The spec as it was when the job was posted: hardened, with what the worker must warn of.
  Json request = Json::object();
  std::int64_t sequence = 0;  ///< Order of posting; set by the store.
  std::int64_t attempt = 1;   ///< Counts how often it was queued: by its post, then by resumes.
  /// From the move to Running until the worker is known to be gone: a cancelled job has it still.
  bool has_worker = false;
};

/// What was answered to a request with an Idempotency-Key.
struct KeptReply {
  Uuid user_id;
  std::string key;
  std::string fingerprint;  ///< Of method, path and body: another request has another one.
  std::int64_t status = 0;
  std::string etag;  ///< Empty where the reply had none.
  std::string body;
};

struct UserRecord {
  Uuid id;
  std::string name;
  std::string created_on;
  bool is_admin = false;  ///< May change what all users share.
};

/// What is kept of an API key: never the key itself.
struct ApiKeyRecord {
  std::string id;
  Uuid user_id;
  std::string created_on;
  std::string hash;  ///< Argon2id, with its salt and costs.
};

struct ListQuery {
  std::optional<std::string> name = std::nullopt;
  std::optional<std::string> type = std::nullopt;  ///< Datasets.
  std::optional<std::string> arch = std::nullopt;  ///< Models.
  std::optional<bool> read_only = std::nullopt;    ///< Models.
  enum class Sort { date_descending, date_ascending, name_descending, name_ascending };
  Sort sort = Sort::date_descending;
  std::uint64_t skip = 0;
  std::optional<std::uint64_t> size = std::nullopt;
  std::vector<Uuid> left_out = {};  ///< Models that are neither listed nor counted.
};

template <class Record>
struct Page {
  std::vector<Record> records;
  std::uint64_t total = 0;  ///< After filtering, before paging.
};

}  // namespace athanor::store
