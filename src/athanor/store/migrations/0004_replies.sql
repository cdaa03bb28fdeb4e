-- What was answered to requests with an Idempotency-Key, for a day.

CREATE TABLE replies (
  user_id TEXT COLLATE "binary" NOT NULL,
  idempotency_key TEXT COLLATE "binary" NOT NULL,
  fingerprint TEXT NOT NULL,
  created_on TEXT COLLATE "binary" NOT NULL,
  status BIGINT NOT NULL,
  etag TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (user_id, idempotency_key)
);

CREATE INDEX replies_by_date ON replies (created_on);
