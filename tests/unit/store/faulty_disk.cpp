#include "faulty_disk.hpp"

#include <atomic>

namespace athanor::store {

namespace {

std::atomic<int> calls_left = -1;
std::atomic<int> fault = SQLITE_OK;
sqlite3_vfs* real_disk = nullptr;
const sqlite3_io_methods* real_methods = nullptr;

int next_fault() {
  const bool fails = calls_left >= 0 && calls_left.fetch_sub(1) == 0;
  return fails ? fault.load() : SQLITE_OK;
}

int faulty_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const int failed = next_fault();
  return failed != SQLITE_OK ? failed : real_methods->xWrite(file, data, size, offset);
}

int faulty_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int failed = next_fault();
  return failed != SQLITE_OK ? failed : real_methods->xTruncate(file, size);
}

int faulty_sync(sqlite3_file* file, int flags) {
  const int failed = next_fault();
  return failed != SQLITE_OK ? failed : real_methods->xSync(file, flags);
}

int faulty_open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* used) {
  static sqlite3_io_methods methods;
  const int opened = real_disk->xOpen(real_disk, name, file, flags, used);
  if (opened == SQLITE_OK) {
    if (real_methods == nullptr) {
      real_methods = file->pMethods;
      methods = *real_methods;
      methods.xWrite = faulty_write;
      methods.xTruncate = faulty_truncate;
      methods.xSync = faulty_sync;
    }
    file->pMethods = &methods;
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
  fault = code;
  calls_left = nth;
}

FaultyDisk::~FaultyDisk() {
  calls_left = -1;
}

bool FaultyDisk::happened() const {
  return calls_left < 0;
}

}  // namespace athanor::store
