-- Event streams bring clients that come back up to date from here.
CREATE INDEX jobs_by_user_and_change ON jobs (user_id, last_modified, sequence);
-- Metrics count jobs without reading them.
CREATE INDEX jobs_by_state_and_action ON jobs (state, action);
