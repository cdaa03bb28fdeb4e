#pragma once

#include <sqlite3.h>

namespace athanor::store {

/// While it lives, the `nth` write, sync or truncation of SQLite in this process, counted from 0,
/// fails with `code` (SQLITE_FULL, SQLITE_IOERR_WRITE, ...). It must be made before the database is
/// opened, or after another one was.
class FaultyDisk {
 public:
  FaultyDisk(int nth, int code);
  ~FaultyDisk();

  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// Whether it came to that call.
  [[nodiscard]] bool happened() const;

  /// Lets databases opened from now on have such disks.
  static void install();
};

}  // namespace athanor::store
