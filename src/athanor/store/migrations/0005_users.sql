-- Who may log in. A user's datasets, models and jobs stay when the user goes.
CREATE TABLE users (
  id TEXT COLLATE "binary" PRIMARY KEY,
  name TEXT COLLATE "binary" NOT NULL,
  created_on TEXT COLLATE "binary" NOT NULL
);

CREATE UNIQUE INDEX users_by_name ON users (name);

CREATE TABLE api_keys (
  id TEXT COLLATE "binary" PRIMARY KEY,
  user_id TEXT COLLATE "binary" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_on TEXT COLLATE "binary" NOT NULL,
  hash TEXT NOT NULL
);

CREATE INDEX api_keys_by_user ON api_keys (user_id);
