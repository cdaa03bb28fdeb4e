-- Where a pretrained model's weights lie and what they are, as JSON; NULL for all other models.
ALTER TABLE models ADD COLUMN weights TEXT;
CREATE INDEX models_with_weights ON models (network_arch, name) WHERE weights IS NOT NULL;

-- Administrators may change what all users share.
ALTER TABLE users ADD COLUMN is_admin BIGINT NOT NULL DEFAULT 0;
