-- Named admin tokens, the chain of what admins did, and the erasure of tenants. Only adds: the version
-- before knows ADMIN_TOKEN alone and audits nothing, and goes on beside it.
CREATE TABLE "admins" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    CONSTRAINT "admins_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "admins_role" CHECK ("role" IN ('operator', 'viewer'))
);
CREATE UNIQUE INDEX "admins_digest_key" ON "admins"("digest");
-- The name of a revoked one can be given again.
CREATE UNIQUE INDEX "admins_name" ON "admins"("name") WHERE "revoked_at" IS NULL;

-- What admins did, as a hash chain; how a row is hashed is in libs/tenants/src/admins/admin-action.ts.
CREATE TABLE "admin_actions" (
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "status" INTEGER,
    "details" JSONB NOT NULL,
    "prev_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    CONSTRAINT "admin_actions_pkey" PRIMARY KEY ("seq"),
    CONSTRAINT "admin_actions_kind" CHECK ("kind" IN ('intent', 'outcome'))
);
CREATE UNIQUE INDEX "admin_actions_request" ON "admin_actions"("request_id", "kind");

-- The last row of the chain. Its lock is that of whoever appends.
CREATE TABLE "admin_actions_head" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "seq" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    CONSTRAINT "admin_actions_head_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "admin_actions_head_one" CHECK ("id" = 1)
);
INSERT INTO "admin_actions_head" ("seq", "hash") VALUES (0, decode(repeat('00', 32), 'hex'));

-- Against mistakes: whoever may alter the table can take this away, and is found by the hashes.
CREATE FUNCTION refuse_change_of_admin_actions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'admin_actions is append-only';
END $$;
CREATE TRIGGER admin_actions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "admin_actions"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_admin_actions();

-- Since when a tenant is being erased, and when nothing of it was left.
ALTER TABLE "tenants" ADD COLUMN "erase_asked_at" TIMESTAMPTZ(3), ADD COLUMN "erased_at" TIMESTAMPTZ(3);
CREATE INDEX "tenants_erasing" ON "tenants"("erase_asked_at") WHERE "erase_asked_at" IS NOT NULL AND "erased_at" IS NULL;
-- A task of an erased tenant says nothing of it; asked for by the erasure alone.
ALTER TABLE "tasks" ADD COLUMN "scrubbed_at" TIMESTAMPTZ(3);

-- No key is made for a tenant that is being erased, by whatever version: the insert finds no tenant.
CREATE FUNCTION skip_keys_of_erased_tenants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The lock waits for an erasure that is being asked for at this very moment.
  IF (SELECT erase_asked_at FROM tenants WHERE id = NEW.tenant_id FOR SHARE) IS NOT NULL THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tenant_keys_of_erased_tenants BEFORE INSERT ON "tenant_keys"
  FOR EACH ROW EXECUTE FUNCTION skip_keys_of_erased_tenants();
