-- Callbacks wait in Postgres by receiver (tenant and origin), not in a queue that all receivers share.
-- Only adds: the version before goes on beside it. It claims by "next_attempt_at", which a claim of the
-- new version moves too, so an attempt is at worst made twice, never lost.
ALTER TABLE "deliveries"
    ALTER COLUMN "task_id" DROP NOT NULL,
    ADD COLUMN "origin" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "note" TEXT,
    ADD COLUMN "auto_attempts" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "parked" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "lease_until" TIMESTAMPTZ(3),
    ADD COLUMN "requested" TEXT,
    ADD COLUMN "resume_at" TIMESTAMPTZ(3),
    ADD COLUMN "interrupted" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "deliveries" ALTER COLUMN "trigger" SET DEFAULT 'auto';
-- Those that wait, few. Those that have ended, and the indexes, have migrations of their own: this one locks
-- the table against everybody, and must be over before the statements of the version before give up.
UPDATE "deliveries" SET
    "trigger" = CASE "trigger" WHEN 'schedule' THEN 'auto' ELSE "trigger" END,
    "auto_attempts" = "attempts",
    "origin" = lower(substring("url" from '^[A-Za-z]+://[^/?#]+'))
WHERE "state" = 'pending';

ALTER TABLE "deliveries" DROP CONSTRAINT "deliveries_state";
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_state" CHECK ("state" IN ('pending', 'delivered', 'dead', 'skipped'));
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_requested" CHECK ("requested" IN ('manual', 'replay'));

ALTER TABLE "delivery_attempts"
    ADD COLUMN "dns_ms" INTEGER,
    ADD COLUMN "connect_ms" INTEGER,
    ADD COLUMN "tls_ms" INTEGER,
    ADD COLUMN "first_byte_ms" INTEGER,
    ADD COLUMN "remote_address" TEXT,
    ADD COLUMN "error_class" TEXT;

-- A delivery that a process of the version before makes has no origin.
CREATE FUNCTION "give_delivery_its_origin"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."origin" := lower(substring(NEW."url" from '^[A-Za-z]+://[^/?#]+'));
    RETURN NEW;
END $$;
CREATE TRIGGER "deliveries_origin" BEFORE INSERT ON "deliveries" FOR EACH ROW
    WHEN (NEW."origin" = '') EXECUTE FUNCTION "give_delivery_its_origin"();
-- What such a process records or asks for, no receiver's next look knows of: it is fresh again. What it
-- asks for while an attempt is under way comes after that.
CREATE FUNCTION "make_delivery_fresh"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."trigger" = 'schedule' THEN
        NEW."trigger" := 'auto';
        NEW."auto_attempts" := NEW."auto_attempts" + 1;
        NEW."lease_until" := NULL;
    ELSIF NEW."lease_until" > now() THEN
        NEW."requested" := NEW."trigger";
        NEW."trigger" := OLD."trigger";
        NEW."state" := OLD."state";
        NEW."next_attempt_at" := OLD."next_attempt_at";
        RETURN NEW;
    END IF;
    NEW."parked" := false;
    RETURN NEW;
END $$;
CREATE TRIGGER "deliveries_fresh_again" BEFORE UPDATE OF "trigger" ON "deliveries" FOR EACH ROW
    WHEN (NEW."trigger" = 'schedule' OR (NEW."trigger" = 'manual' AND OLD."trigger" <> 'manual'))
    EXECUTE FUNCTION "make_delivery_fresh"();

CREATE TABLE "callback_receivers" (
    "tenant_id" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "health" JSONB NOT NULL DEFAULT '{}',
    "failing_since" TIMESTAMPTZ(3),
    "look_at" TIMESTAMPTZ(3),
    "crowded" BOOLEAN NOT NULL DEFAULT false,
    "reported" JSONB,

    CONSTRAINT "callback_receivers_pkey" PRIMARY KEY ("tenant_id", "origin")
);
ALTER TABLE "callback_receivers" ADD CONSTRAINT "callback_receivers_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX "callback_receivers_look" ON "callback_receivers"("look_at") WHERE "look_at" IS NOT NULL;
CREATE INDEX "callback_receivers_failing" ON "callback_receivers"("failing_since") WHERE "failing_since" IS NOT NULL;
ALTER TABLE "callback_receivers" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- A tenant's own callback settings, and the key pair that callbacks may be signed with besides the secrets.
ALTER TABLE "tenants" ADD COLUMN "callback_settings" JSONB NOT NULL DEFAULT '{}';
ALTER TABLE "instance"
    ADD COLUMN "callback_key_box" BYTEA,
    ADD COLUMN "callback_key_key_id" TEXT;
