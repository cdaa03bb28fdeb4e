#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound the server puts on what comes from outside, in one table. Each line has a test.
namespace athanor::limits {

using namespace std::chrono_literals;

inline constexpr std::size_t kib = 1024;
inline constexpr std::size_t mib = 1024 * kib;

// HTTP
inline constexpr std::size_t header_bytes = 64 * kib;    ///< Request line and headers together.
inline constexpr std::size_t header_count = 128;         ///< Header fields in one request.
inline constexpr std::size_t target_bytes = 8 * kib;     ///< Path and query.
inline constexpr std::size_t json_body_bytes = 4 * mib;  ///< A JSON body (300 KB specs are usual).
inline constexpr std::uint64_t upload_bytes = 1ULL << 40;    ///< One multipart upload.
inline constexpr std::size_t small_chunk_bytes = 1 * kib;    ///< Chunks below are costly...
inline constexpr std::size_t chunk_count = 1 << 20;          ///< ...so many are refused.
inline constexpr std::size_t connections = 16384;            ///< Open at once; more are closed.
inline constexpr auto header_deadline = 15s;                 ///< For the whole header to arrive.
inline constexpr auto body_idle_deadline = 60s;              ///< Between two pieces of a body.
inline constexpr auto write_idle_deadline = 60s;             ///< Between two pieces of a reply.
inline constexpr auto keep_alive_idle = 75s;                 ///< Between two requests.
inline constexpr auto linger_deadline = 30s;                 ///< For a refused body to run dry.
inline constexpr std::size_t unread_body_bytes = 256 * kib;  ///< Read away to keep a connection.
inline constexpr std::size_t idempotency_key_bytes = 255;    ///< One Idempotency-Key.
inline constexpr auto idempotency_age = 24h;                 ///< How long its reply is kept.
inline constexpr std::size_t ranges = 8;                     ///< In one Range header.
inline constexpr std::size_t event_clients = 10000;          ///< Event streams open at once.
inline constexpr std::size_t event_replay = 1000;            ///< Jobs sent for a Last-Event-ID.
inline constexpr auto event_heartbeat = 15s;                 ///< Silence on an event stream.
inline constexpr auto retry_after = 5s;                      ///< Said with 503.
inline constexpr std::size_t request_id_bytes = 128;         ///< An X-Request-Id to go on with.
inline constexpr auto shutdown_grace = 10s;                  ///< For requests in flight.
inline constexpr std::size_t event_queue_bytes = mib;  ///< Unsent, before a client is dropped.

// Uploads
inline constexpr std::size_t uploads_at_once = 16;           ///< Unpacked side by side.
inline constexpr auto upload_wait = 60s;                     ///< For one of those places, then 503.
inline constexpr auto upload_pace_window = 60s;              ///< A client that sends fewer...
inline constexpr std::size_t upload_pace_bytes = 256 * kib;  ///< ...bytes in it is let go.
inline constexpr std::size_t partial_uploads = 8;            ///< Resumable ones of one dataset.
inline constexpr std::size_t upload_metadata_bytes = 4 * kib;  ///< Upload-Metadata of one.
inline constexpr auto upload_expiry = std::chrono::hours(24);  ///< Of one that gets no more bytes.
inline constexpr auto upload_sweep = std::chrono::hours(1);    ///< Between looks for expired ones.

// Logins and tokens
inline constexpr std::size_t login_body_bytes = 4 * kib;     ///< {"ngc_api_key": ...}
inline constexpr std::size_t login_queue = 64;               ///< Logins at once; more are put off.
inline constexpr std::size_t login_hash_bytes = 19 * mib;    ///< Of Argon2id, one login at a time.
inline constexpr unsigned login_failures_per_peer = 20;      ///< Before a peer has to wait...
inline constexpr unsigned login_failures_per_key = 5;        ///< ...or whoever tries one key's id.
inline constexpr auto login_longest_wait = 60s;              ///< The wait doubles up to this.
inline constexpr auto login_failures_kept = 15min;           ///< Then they are forgotten.
inline constexpr std::size_t login_failures_tracked = 4096;  ///< Peers, and as many key ids.
inline constexpr std::size_t token_bytes = 1 * kib;          ///< A token in a request.
inline constexpr auto token_lifetime = std::chrono::hours(24);  ///< Unless `serve` is told another.
inline constexpr auto key_lease = 1s;             ///< A key's owner is asked for anew.
inline constexpr std::size_t key_leases = 65536;  ///< Keys remembered meanwhile.

// Multipart
inline constexpr std::size_t multipart_boundary = 70;          ///< Characters (RFC 2046).
inline constexpr std::size_t multipart_parts = 64;             ///< Parts in one body.
inline constexpr std::size_t multipart_part_header = 8 * kib;  ///< Header bytes of one part.

// JSON
inline constexpr std::size_t json_depth = 64;  ///< Nested objects and arrays.

// Jobs
inline constexpr std::size_t status_line_bytes = mib;     ///< One line of a worker's status.json.
inline constexpr auto scheduler_beat = 10s;               ///< Between two signs of life...
inline constexpr auto scheduler_silence = 100s;           ///< ...without which it is not ready.
inline constexpr std::uint64_t log_tail_lines = 100'000;  ///< Asked for with ?tail=.
inline constexpr std::size_t log_event_bytes = 16 * kib;  ///< Of a log's line in one event.

// Archives
inline constexpr std::uint64_t archive_entries = 5'000'000;     ///< Members of one archive.
inline constexpr std::uint64_t archive_bytes = 1ULL << 42;      ///< Unpacked, in all.
inline constexpr std::uint64_t archive_ratio = 1000;            ///< Unpacked to packed bytes...
inline constexpr std::uint64_t archive_ratio_floor = 64 * mib;  ///< ...once this much is unpacked.
inline constexpr std::uint64_t large_archive_ratio = 200;       ///< The same...
inline constexpr std::uint64_t large_archive_bytes = 4096ULL * mib;  ///< ...beyond this.
inline constexpr std::uint64_t xz_memory_bytes = 80 * mib;           ///< Of its dictionary: xz -9.
inline constexpr std::size_t archive_path_bytes = 1024;              ///< A member's whole name.
inline constexpr std::size_t archive_name_bytes = 255;               ///< One part of that name.
inline constexpr std::size_t class_list_bytes = mib;                 ///< A dataset's classes.json.

// The disk of the data folder
inline constexpr std::uint64_t disk_reserve_bytes = 1024 * mib;  ///< Uploads leave this much...
inline constexpr std::uint64_t disk_reserve_part = 20;           ///< ...or a 20th of a small disk.
inline constexpr std::uint64_t disk_files_part = 50;        ///< And a 50th of the number of files.
inline constexpr std::uint64_t disk_check_bytes = 4 * mib;  ///< Written between two looks at it.
inline constexpr std::uint64_t disk_block_bytes = 4 * kib;  ///< Taken by the smallest file.

// Pretrained weights
inline constexpr std::uint64_t weights_bytes = 4096ULL * mib;         ///< Of one file.
inline constexpr std::uint64_t import_memory_bytes = 16384ULL * mib;  ///< Of the process that...
inline constexpr auto import_time = 600s;                 ///< ...reads it; of the processor.
inline constexpr std::size_t pretrained_name_bytes = 64;  ///< What clients choose it by.

// Reports on datasets
inline constexpr std::size_t report_faults = 1000;            ///< Listed; the others are counted.
inline constexpr std::size_t report_names = 10'000;           ///< Counted by name in one group...
inline constexpr std::size_t report_names_in_all = 200'000;   ///< ...and in all of them.
inline constexpr std::size_t label_line_bytes = 64 * kib;     ///< Looked at, of one line of labels.
inline constexpr std::size_t annotated_pictures = 2'000'000;  ///< In one annotations.json...
inline constexpr std::size_t annotation_id_bytes = 64;        ///< ...of such ids...
inline constexpr std::size_t annotation_token_bytes = 16 * mib;  ///< ...and texts and gaps.

// Encrypted weights
inline constexpr std::size_t encryption_key_bytes = kib;       ///< A model's encryption_key.
inline constexpr std::uint32_t seal_passes = 2;                ///< Of Argon2id over...
inline constexpr std::size_t seal_memory_bytes = 19 * mib;     ///< ...so much, for a job's files.
inline constexpr std::uint32_t unseal_passes = 16;             ///< What a file may ask for.
inline constexpr std::size_t unseal_memory_bytes = 256 * mib;  ///< The same, of memory.

// Engines
inline constexpr std::size_t calibration_ranges = 100'000;        ///< Tensors of one table.
inline constexpr std::size_t calibration_table_bytes = 64 * mib;  ///< Its file.

// Pictures
inline constexpr std::size_t picture_segments = 256;  ///< Of a header, looked at for the size.
inline constexpr std::uint64_t image_pixels = 100'000'000;  ///< Decoded, one picture.
inline constexpr auto decode_time = 30s;                    ///< Of the processor, for one picture.
inline constexpr std::uint64_t decode_memory_bytes = 2048ULL * mib;  ///< Of a decoder's process.

}  // namespace athanor::limits
