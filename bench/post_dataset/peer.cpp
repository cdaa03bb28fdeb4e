// Bare SQLite under the load of the bench: CLIENTS threads store rows one after the other and wait
// for each to be durable; one writer commits all that wait in one transaction (WAL,
// synchronous=FULL). Prints how many rows a second that makes.
//
//   peer DATABASE CLIENTS SECONDS
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <sodium.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace {

// The table and the indexes of src/athanor/store/migrations.
constexpr const char* schema =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE datasets (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, created_on TEXT NOT NULL, "
    "last_modified TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, "
    "version TEXT NOT NULL, logo TEXT NOT NULL, type TEXT NOT NULL, format TEXT NOT NULL, "
    "data_folder TEXT NOT NULL);"
    "CREATE INDEX datasets_by_date ON datasets (user_id, last_modified, id);"
    "CREATE INDEX datasets_by_name ON datasets (user_id, (name || ':' || version), id);";
constexpr const char* insertion =
    "INSERT INTO datasets VALUES (?1, '0d5fa0d6-97ff-4ee6-a8c1-7b2a3a5f6a10', "
    "'2023-05-01T12:00:00.000001', '2023-05-01T12:00:00.000002', 'My Dataset', 'My TAO Dataset', "
    "'1.0.0', 'https://www.nvidia.com', 'image_classification', 'default', '')";

struct Row {
  std::string id;
  bool durable = false;
};

struct Line {
  std::mutex mutex;
  std::condition_variable rows_wait;
  std::condition_variable rows_are_durable;
  std::vector<Row*> waiting;
  bool stopping = false;
};

std::string random_id() {
  unsigned char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  char text[37];
  for (int i = 0, at = 0; i < 16; ++i) {
    at += std::snprintf(text + at,
                        sizeof text - at,
                        "%s%02x",
                        i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                        bytes[i]);
  }
  return text;
}

void check(int outcome) {
  if (outcome != SQLITE_OK && outcome != SQLITE_DONE) {
    std::fprintf(stderr, "SQLite failed with code %d\n", outcome);
    std::exit(1);
  }
}

void run_once(sqlite3_stmt* statement) {
  check(sqlite3_step(statement));
  check(sqlite3_reset(statement));
}

void serve(Line& line, sqlite3* database) {
  sqlite3_stmt *begin, *insert, *commit;
  check(sqlite3_prepare_v2(database, "BEGIN IMMEDIATE", -1, &begin, nullptr));
  check(sqlite3_prepare_v2(database, insertion, -1, &insert, nullptr));
  check(sqlite3_prepare_v2(database, "COMMIT", -1, &commit, nullptr));
  std::unique_lock lock(line.mutex);
  while (!line.stopping) {
    line.rows_wait.wait(lock, [&] { return line.stopping || !line.waiting.empty(); });
    const auto rows = std::exchange(line.waiting, {});
    lock.unlock();
    run_once(begin);
    for (const Row* row : rows) {
      sqlite3_bind_text(insert, 1, row->id.c_str(), -1, SQLITE_STATIC);
      run_once(insert);
    }
    run_once(commit);
    lock.lock();
    for (Row* row : rows) {
      row->durable = true;
    }
    line.rows_are_durable.notify_all();
  }
  for (sqlite3_stmt* statement : {begin, insert, commit}) {
    sqlite3_finalize(statement);
  }
}

void store(Line& line) {
  Row row{random_id()};
  std::unique_lock lock(line.mutex);
  line.waiting.push_back(&row);
  line.rows_wait.notify_one();
  line.rows_are_durable.wait(lock, [&] { return row.durable; });
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4 || sodium_init() < 0) {
    return 2;
  }
  sqlite3* database = nullptr;
  check(sqlite3_open(arguments[1], &database));
  check(sqlite3_exec(database, schema, nullptr, nullptr, nullptr));
  Line line;
  std::atomic<bool> stopping = false;
  std::atomic<long> stored = 0;
  std::thread writer([&] { serve(line, database); });
  std::vector<std::thread> clients;
  for (int i = 0; i < std::atoi(arguments[2]); ++i) {
    clients.emplace_back([&] {
      while (!stopping) {
        store(line);
        ++stored;
      }
    });
  }
  const auto begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(std::atoi(arguments[3])));
  const long rows = stored;
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  stopping = true;
  for (auto& client : clients) {
    client.join();
  }
  {
    const std::lock_guard lock(line.mutex);
    line.stopping = true;
  }
  line.rows_wait.notify_one();
  writer.join();
  sqlite3_close(database);
  std::printf("%f\n", static_cast<double>(rows) / time.count());
}
