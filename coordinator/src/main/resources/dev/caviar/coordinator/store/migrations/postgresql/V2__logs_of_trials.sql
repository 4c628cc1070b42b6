-- A line that a trial said, or the coordinator of it (number 0), in the order in which they came.
-- Its level is a LogLevel of trial.proto: 1 info, 2 warning, 3 error.
CREATE TABLE trial_log (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sweep_id VARCHAR NOT NULL,
  trial INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  number INTEGER NOT NULL,
  worker_id VARCHAR NOT NULL,
  at_millis BIGINT NOT NULL,
  level INTEGER NOT NULL,
  text VARCHAR NOT NULL
);
CREATE INDEX trial_log_of ON trial_log (sweep_id, trial, id);
