#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/engine/training_task.hpp"

namespace athanor::engine {

/// A training on pictures, validated on others where there are any. What a network adds is its
/// model, the loss and the figures.
///
/// `Images` makes the batches: size() pictures in batches(), and load(), as data::TrainingPictures
/// has them. `Labelled` is what validation reads, size() pictures.
template <class Images, class Labelled>
class PictureTask : public TrainingTask {
 public:
  [[nodiscard]] std::size_t batches_per_epoch() const override { return images_.batches(); }

  [[nodiscard]] Batch load(std::uint32_t epoch, std::size_t index) const override {
    return images_.load(epoch, index);
  }

  [[nodiscard]] Batch load_first(std::int64_t most) const override {
    return images_.load(1, 0, static_cast<std::size_t>(most));
  }

  [[nodiscard]] Figures validate(const std::stop_token& stop) override {
    if (!validation_) {
      return {};
    }
    return measure(*validation_, [&stop](std::int64_t) {
      if (stop.stop_requested()) {
        throw Stopped("Stopped during validation");
      }
    });
  }

  [[nodiscard]] Extent extent() const override {
    return {.samples = static_cast<std::int64_t>(images_.size()),
            .batch_size = batch_size_,
            .validation_samples = validates() ? static_cast<std::int64_t>(validation_->size()) : 0,
            .validation_batch_size = validation_reading_.batch_size,
            .validation_workers = validation_reading_.workers};
  }

 protected:
  /// Hears how many pictures more are done; may throw.
  using Advance = std::function<void(std::int64_t)>;

  /// Without `validation` there are no figures of it.
  PictureTask(Images images,
              std::optional<Labelled> validation,
              std::int64_t batch_size,
              const data::ReadingOptions& validation_reading)
      : images_(std::move(images)),
        validation_(std::move(validation)),
        batch_size_(batch_size),
        validation_reading_(validation_reading) {}

  /// The figures on these pictures; `advance` is told of each batch.
  [[nodiscard]] virtual Figures measure(const Labelled& labelled, const Advance& advance) = 0;

  [[nodiscard]] const Images& images() const { return images_; }

  [[nodiscard]] bool validates() const { return validation_.has_value(); }

  [[nodiscard]] const data::ReadingOptions& validation_reading() const {
    return validation_reading_;
  }

 private:
  Images images_;
  std::optional<Labelled> validation_;
  std::int64_t batch_size_;
  data::ReadingOptions validation_reading_;
};

}  // namespace athanor::engine
