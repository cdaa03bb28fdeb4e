#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

#include "athanor/backbones/backbone.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/engine/network.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::networks::testing {

/// The schema's default spec for an action of a network.
[[nodiscard]] Json default_spec(std::string_view network, std::string_view action);

/// The same, made small and quick for a test: few epochs, a narrow backbone, 16 x 16 pixels.
[[nodiscard]] Json small_spec(std::string_view network, std::string_view action);

/// Where the specs of a network say what every training has.
struct CommonPaths {
  std::string epochs;
  std::string workers;
  std::string seed;
};

[[nodiscard]] CommonPaths common_paths(std::string_view network);

/// A labelled dataset of the type that the network takes, quickly learned: seeded noise whose mean
/// gives the class away.
[[nodiscard]] contract::DatasetInput make_dataset(const std::filesystem::path& root,
                                                  std::string_view network);

/// Adds pictures of 16 bits, of gray, with alpha and of CMYK to the folder. Returns their names.
std::vector<std::string> add_pictures_of_every_kind(const std::filesystem::path& folder);

/// The key of jobs that have none of their own. One for all of them: a salt is slow to make.
[[nodiscard]] const crypto::Passphrase& no_key();

/// Runs one job of a network in a folder of its own.
class SampleJob {
 public:
  SampleJob(std::string_view network, std::string_view action);

  /// Throws what the network throws.
  engine::Report run(std::stop_token stop = {});

  /// Runs as if it were asked to stop before it began: to its first safe point.
  void run_until_stopped();

  [[nodiscard]] std::filesystem::path artifacts() const { return dir_.path() / "artifacts"; }

  /// The bytes of an artifact.
  [[nodiscard]] std::string artifact(const std::string& name) const;

  /// The status lines that end an epoch.
  [[nodiscard]] std::vector<contract::StatusLine> epoch_lines() const;

  /// Makes this job a child of a finished one.
  void set_parent(const SampleJob& parent);

  contract::JobRequest request;
  crypto::Passphrase parent_key = no_key();
  std::vector<std::string> log;

 private:
  athanor::testing::TempDir dir_;
};

/// Of a training in its first epoch.
[[nodiscard]] double first_loss_of(const SampleJob& job);

/// Why a job fails; empty where it does not.
[[nodiscard]] std::string failure_of(SampleJob& job);

/// Gives a training such a backbone.
void use_backbone(SampleJob& job, const std::string& arch, std::int64_t n_layers);

/// A training of one epoch that has ended, of what `parent` left where there is one. This and the
/// next two fail the test where the job does.
[[nodiscard]] std::unique_ptr<SampleJob> trained_with(const backbones::BackboneOptions& backbone,
                                                      std::string_view network,
                                                      const SampleJob* parent = nullptr);

/// A job that has ended, which takes what `parent` left.
[[nodiscard]] std::unique_ptr<SampleJob> done(std::string_view action, const SampleJob& parent);

/// A conversion that has ended, whatever it does to the accuracy.
[[nodiscard]] std::unique_ptr<SampleJob> converted(const SampleJob& parent, const char* precision);

/// The bytes, in the clear, of the newest weights among a job's artifacts.
[[nodiscard]] std::string newest_weights(const SampleJob& job);

/// One tensor of them.
[[nodiscard]] torch::Tensor newest_weight(const SampleJob& job, std::string_view name);

}  // namespace athanor::networks::testing
