#pragma once

#include <filesystem>
#include <functional>

#include "athanor/async/awaitable.hpp"
#include "athanor/async/blocking_pool.hpp"
#include "athanor/async/event.hpp"
#include "athanor/store/store.hpp"

namespace athanor::jobs {

/// Removes the folders of removed records, once nobody reads them. Lives on one strand, as
/// `stopping` does.
class FolderRemoval {
 public:
  /// Told on the strand whether a worker may read below a folder.
  using IsRead = std::function<bool(const std::filesystem::path& folder)>;

  /// `data_folder` is absolute.
  FolderRemoval(std::filesystem::path data_folder,
                BlockingPool& pool,
                store::Store& store,
                const Event& stopping,
                IsRead is_read)
      : data_folder_(std::move(data_folder)),
        pool_(pool),
        store_(store),
        stopping_(stopping),
        is_read_(std::move(is_read)) {}

  /// Who reads what is known from now on; before, run() does nothing.
  void allow() { running_ = false; }

  /// Looks through what is noted as removed. A call while another one is at work makes that one
  /// look again.
  Awaitable<void> run();

 private:
  Awaitable<void> remove_unread();

  std::filesystem::path data_folder_;
  BlockingPool& pool_;
  store::Store& store_;
  const Event& stopping_;
  IsRead is_read_;
  bool running_ = true;
  bool again_ = false;
};

/// Whether a worker that reads `input` would miss `folder`.
[[nodiscard]] bool lies_in(const std::filesystem::path& input, const std::filesystem::path& folder);

}  // namespace athanor::jobs
