-- has_worker is 1 from the moment that a worker may exist until it is known to be gone.
ALTER TABLE jobs ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN has_worker BIGINT NOT NULL DEFAULT 0;
UPDATE jobs SET has_worker = 1 WHERE state = 'Running';
CREATE INDEX jobs_with_worker ON jobs (sequence) WHERE has_worker = 1;

-- Folders whose record is gone and whose files are still to be removed.
CREATE TABLE removed_folders (
  path TEXT PRIMARY KEY
);
