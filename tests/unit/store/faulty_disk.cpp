#include "faulty_disk.hpp"

#include <atomic>
#include <map>
#include <mutex>

namespace athanor::store {

namespace {

std::atomic<int> calls_left = -1;
std::atomic<int> fault_code = SQLITE_OK;
sqlite3_vfs* real_disk = nullptr;
std::atomic<const sqlite3_io_methods*> real_methods = nullptr;

int next_fault() {
  const bool fails = calls_left >= 0 && calls_left.fetch_sub(1) == 0;
  return fails ? fault_code.load() : SQLITE_OK;
}

int faulty_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const int failed = next_fault();
  return failed != SQLITE_OK ? failed : real_methods.load()->xWrite(file, data, size, offset);
}

int faulty_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int failed = next_fault();
  return failed != SQLITE_OK ? failed : real_methods.load()->xTruncate(file, size);
}

int faulty_sync(sqlite3_file* file, int flags) {
  const int failed = next_fault();
  return failed != SQLITE_OK ? failed : real_methods.load()->xSync(file, flags);
}

/// The methods of a file with ours among them. Locks make the difference between files; what is
/// replaced is the same for all.
const sqlite3_io_methods* with_faults(const sqlite3_io_methods* methods) {
  static std::mutex mutex;
  static std::map<const sqlite3_io_methods*, sqlite3_io_methods> replaced;
  const std::lock_guard lock(mutex);
  const auto [entry, is_new] = replaced.try_emplace(methods, *methods);
  if (is_new) {
    real_methods = methods;
    entry->second.xWrite = faulty_write;
    entry->second.xTruncate = faulty_truncate;
    entry->second.xSync = faulty_sync;
  }
  return &entry->second;
}

int faulty_open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* used) {
  const int opened = real_disk->xOpen(real_disk, name, file, flags, used);
  if (opened == SQLITE_OK) {
    file->pMethods = with_faults(file->pMethods);
  }
  return opened;
}

}  // namespace

void FaultyDisk::install() {
  static sqlite3_vfs disk = [] {
    real_disk = sqlite3_vfs_find(nullptr);
    sqlite3_vfs copy = *real_disk;
    copy.zName = "faulty";
    copy.xOpen = faulty_open;
    return copy;
  }();
  sqlite3_vfs_register(&disk, /*makeDflt=*/1);
}

FaultyDisk::FaultyDisk(int nth, int code) {
  fault_code = code;
  calls_left = nth;
}

FaultyDisk::~FaultyDisk() {
  calls_left = -1;
}

bool FaultyDisk::happened() const {
  return calls_left < 0;
}

}  // namespace athanor::store
