-- Keys of vendors that the operator gives over the admin API. Only adds: the version before knows the
-- environment's keys alone, and goes on with them.
CREATE TABLE "credentials" (
    "id" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "box" BYTEA,
    "master_key_id" TEXT,
    "weight" DOUBLE PRECISION NOT NULL,
    "base_url" TEXT,
    "state" TEXT NOT NULL,
    "step" INTEGER NOT NULL DEFAULT 0,
    "step_seconds" INTEGER NOT NULL,
    "replaces" TEXT,
    "unanswered" INTEGER NOT NULL DEFAULT 0,
    "refusal" TEXT,
    "note" TEXT,
    "steps" JSONB NOT NULL DEFAULT '[]',
    "probe_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "credentials_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "credentials_state" CHECK ("state" IN ('probing', 'shifting', 'active', 'draining', 'returned', 'revoked')),
    CONSTRAINT "credentials_sealed" CHECK (("box" IS NULL) = ("master_key_id" IS NULL)),
    CONSTRAINT "credentials_erased" CHECK (CASE WHEN "state" = 'revoked' THEN "box" IS NULL WHEN "state" = 'returned' THEN true ELSE "box" IS NOT NULL END)
);
-- One key is stored once, and is replaced by one at a time.
CREATE UNIQUE INDEX "credentials_account" ON "credentials"("account") WHERE "box" IS NOT NULL;
CREATE UNIQUE INDEX "credentials_replaces" ON "credentials"("replaces") WHERE "replaces" IS NOT NULL AND "state" IN ('probing', 'shifting');

-- Moves whenever a stored key changes, whoever changes it; every process reads it each second.
ALTER TABLE "instance" ADD COLUMN "credentials_epoch" BIGINT NOT NULL DEFAULT 0;
CREATE FUNCTION "move_credentials_epoch"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "instance" SET "credentials_epoch" = "credentials_epoch" + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER "credentials_moved" AFTER INSERT OR UPDATE OR DELETE ON "credentials"
    FOR EACH ROW EXECUTE FUNCTION "move_credentials_epoch"();
