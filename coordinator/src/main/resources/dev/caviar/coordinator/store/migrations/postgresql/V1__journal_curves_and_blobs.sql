-- The tables of akka-persistence-jdbc 5, named as it names them.
CREATE TABLE event_journal (
  ordering BIGSERIAL,
  persistence_id VARCHAR(255) NOT NULL,
  sequence_number BIGINT NOT NULL,
  deleted BOOLEAN DEFAULT FALSE NOT NULL,
  writer VARCHAR(255) NOT NULL,
  write_timestamp BIGINT,
  adapter_manifest VARCHAR(255),
  event_ser_id INTEGER NOT NULL,
  event_ser_manifest VARCHAR(255) NOT NULL,
  event_payload BYTEA NOT NULL,
  meta_ser_id INTEGER,
  meta_ser_manifest VARCHAR(255),
  meta_payload BYTEA,
  PRIMARY KEY (persistence_id, sequence_number)
);
CREATE UNIQUE INDEX event_journal_ordering_idx ON event_journal (ordering);

CREATE TABLE event_tag (
  event_id BIGINT,
  tag VARCHAR(256),
  PRIMARY KEY (event_id, tag),
  CONSTRAINT fk_event_journal FOREIGN KEY (event_id)
    REFERENCES event_journal (ordering) ON DELETE CASCADE
);

CREATE TABLE snapshot (
  persistence_id VARCHAR(255) NOT NULL,
  sequence_number BIGINT NOT NULL,
  created BIGINT NOT NULL,
  snapshot_ser_id INTEGER NOT NULL,
  snapshot_ser_manifest VARCHAR(255) NOT NULL,
  snapshot_payload BYTEA NOT NULL,
  meta_ser_id INTEGER,
  meta_ser_manifest VARCHAR(255),
  meta_payload BYTEA,
  PRIMARY KEY (persistence_id, sequence_number)
);

-- A run of points without a gap, as a StoredPoints of journal.proto. Runs of a trial do not overlap.
CREATE TABLE curve (
  sweep_id VARCHAR NOT NULL,
  trial INTEGER NOT NULL,
  first_epoch INTEGER NOT NULL,
  last_epoch INTEGER NOT NULL,
  points BYTEA NOT NULL,
  PRIMARY KEY (sweep_id, trial, first_epoch)
);

-- One row: who stored points last. Another who finds it is not himself knows that more may be stored
-- than he remembers.
CREATE TABLE curve_writer (
  writer VARCHAR NOT NULL
);
INSERT INTO curve_writer (writer) VALUES ('nobody');

CREATE TABLE blob_content (
  kind INTEGER NOT NULL,
  sha256 CHAR(64) NOT NULL,
  size BIGINT NOT NULL,
  PRIMARY KEY (kind, sha256)
);

-- Numbered from 0; all but the last of 262144 bytes.
CREATE TABLE blob_chunk (
  kind INTEGER NOT NULL,
  sha256 CHAR(64) NOT NULL,
  number INTEGER NOT NULL,
  data BYTEA NOT NULL,
  PRIMARY KEY (kind, sha256, number),
  FOREIGN KEY (kind, sha256) REFERENCES blob_content (kind, sha256) ON DELETE CASCADE
);
-- Weights do not get smaller by compressing.
ALTER TABLE blob_chunk ALTER COLUMN data SET STORAGE EXTERNAL;
