#pragma once

#include <array>
#include <string_view>

/// The moments between two steps of a change that outlives the process, where a sudden end would
/// tell most. tests/process/kill_points_test.py ends the server at every one of them and checks
/// that the next server puts everything right; it reads this table, so that a new point is tested
/// as soon as it is here. Those of `athanor restore` are in backup_test.py.
#define ATHANOR_KILL_POINTS(POINT)                                                             \
  POINT(job_posted)        /* A chain is stored; the reply is not sent. */                     \
  POINT(job_claimed)       /* Running and has_worker are stored; there is no directory. */     \
  POINT(job_prepared)      /* The directory and job.json are there. */                         \
  POINT(worker_locked)     /* The worker's lock is taken; nothing is started. */               \
  POINT(worker_spawned)    /* The launcher runs; the server still holds the lock too. */       \
  POINT(launch_begun)      /* In the launcher: it holds the lock and has recorded nothing. */  \
  POINT(launch_identified) /* In the launcher: worker.json is there; the worker is not yet. */ \
  POINT(job_result_stored) /* A status line is in the record. */                               \
  POINT(job_cancelled)     /* Error is stored; the worker still runs. */                       \
  POINT(job_resumed)       /* Pending again is stored; nobody was woken. */                    \
  POINT(job_log_ended)     /* The worker is gone and its log ended; the state is Running. */   \
  POINT(job_settled)       /* The last state is stored; the slot is not free. */               \
  POINT(record_removed)    /* A record is gone; its folders are not. */                        \
  POINT(folder_removed)    /* A folder is gone; the note of it is not. */                      \
  POINT(upload_unpacked)   /* All members of an archive are in the staging folder. */          \
  POINT(upload_published)  /* The folder has its last name; the record has the former one. */  \
  POINT(upload_recorded)   /* The record names the new folder. */                              \
  POINT(weights_received)  /* A file with weights is there as it was sent; nobody read it. */  \
  POINT(weights_published) /* A pretrained model's folder has its last name; no record has. */ \
  POINT(weights_recorded)  /* The record is there; the reply is not sent. */                   \
  POINT(restore_named)     /* A backup is unpacked beside the folder that it will replace. */  \
  POINT(restore_exchanged) /* The two have changed places; that is not synced. */              \
  POINT(file_written)      /* A file has its content under a temporary name, not synced. */    \
  POINT(file_synced)       /* It is synced, not renamed. */                                    \
  POINT(file_renamed)      /* It is renamed; the folder is not synced. */                      \
  POINT(store_changed)     /* A transaction has made its changes and not committed. */         \
  POINT(store_committed)   /* It is committed; nobody was told. */

namespace athanor {

enum class KillPoint {
#define ATHANOR_KILL_POINT(name) name,
  ATHANOR_KILL_POINTS(ATHANOR_KILL_POINT)
#undef ATHANOR_KILL_POINT
};

/// Their names, in the order of KillPoint.
inline constexpr std::array kill_point_names = {
#define ATHANOR_KILL_POINT(name) std::string_view(#name),
    ATHANOR_KILL_POINTS(ATHANOR_KILL_POINT)
#undef ATHANOR_KILL_POINT
};

/// The environment variable that a test sets: "job_claimed", or "file_synced:3" for the third time
/// that the process comes to it.
inline constexpr const char* kill_point_variable = "ATHANOR_KILL_AT";

/// Kills the process (SIGKILL) where the variable names `point`; does nothing otherwise.
void pass(KillPoint point);

}  // namespace athanor
