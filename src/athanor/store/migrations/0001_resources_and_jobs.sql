-- Ids are lower-case UUID text, times ISO text in UTC; both sort as bytes everywhere.

CREATE TABLE datasets (
  id TEXT COLLATE "binary" PRIMARY KEY,
  user_id TEXT COLLATE "binary" NOT NULL,
  created_on TEXT COLLATE "binary" NOT NULL,
  last_modified TEXT COLLATE "binary" NOT NULL,
  name TEXT COLLATE "binary" NOT NULL,
  description TEXT NOT NULL,
  version TEXT COLLATE "binary" NOT NULL,
  logo TEXT NOT NULL,
  type TEXT NOT NULL,
  format TEXT NOT NULL,
  data_folder TEXT NOT NULL
);

CREATE INDEX datasets_by_date ON datasets (user_id, last_modified, id);
CREATE INDEX datasets_by_name ON datasets (user_id, (name || ':' || version), id);

CREATE TABLE models (
  id TEXT COLLATE "binary" PRIMARY KEY,
  user_id TEXT COLLATE "binary" NOT NULL,
  created_on TEXT COLLATE "binary" NOT NULL,
  last_modified TEXT COLLATE "binary" NOT NULL,
  name TEXT COLLATE "binary" NOT NULL,
  description TEXT NOT NULL,
  version TEXT COLLATE "binary" NOT NULL,
  logo TEXT,
  ngc_path TEXT NOT NULL,
  additional_id_info TEXT,
  encryption_key TEXT,
  network_arch TEXT NOT NULL,
  read_only BIGINT NOT NULL,
  is_public BIGINT NOT NULL,
  ptm TEXT COLLATE "binary" REFERENCES models (id),
  automl TEXT NOT NULL
);

CREATE INDEX models_by_date ON models (user_id, last_modified, id);
CREATE INDEX models_by_name ON models (user_id, (name || ':' || version), id);
CREATE INDEX models_public ON models (is_public);
CREATE INDEX models_by_ptm ON models (ptm);

-- What a model reads, in the order the user gave.
CREATE TABLE model_datasets (
  model_id TEXT COLLATE "binary" NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  place BIGINT NOT NULL,
  dataset_id TEXT COLLATE "binary" NOT NULL REFERENCES datasets (id),
  PRIMARY KEY (model_id, role, place)
);

CREATE INDEX model_datasets_by_dataset ON model_datasets (dataset_id);

-- The owner of a spec or job is a dataset or a model; removing it removes them.
CREATE TABLE specs (
  owner_id TEXT COLLATE "binary" NOT NULL,
  action TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (owner_id, action)
);

CREATE TABLE jobs (
  id TEXT COLLATE "binary" PRIMARY KEY,
  sequence BIGINT NOT NULL,
  user_id TEXT NOT NULL,
  owner_kind TEXT NOT NULL,
  owner_id TEXT COLLATE "binary" NOT NULL,
  parent_id TEXT,
  created_on TEXT COLLATE "binary" NOT NULL,
  last_modified TEXT NOT NULL,
  action TEXT NOT NULL,
  state TEXT NOT NULL,
  result TEXT NOT NULL,
  request TEXT NOT NULL
);

CREATE UNIQUE INDEX jobs_by_sequence ON jobs (sequence);
CREATE INDEX jobs_by_owner ON jobs (owner_id, owner_kind, created_on, sequence);
CREATE INDEX jobs_by_state ON jobs (state, sequence);
