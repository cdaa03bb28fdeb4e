-- A round of scheduling finds the waiting jobs that concern it without a look at the rows of others.
DROP INDEX jobs_by_state;
CREATE INDEX jobs_by_state ON jobs (state, sequence, parent_id);
