-- The task engine: fair dispatch, slots, recovery, cancel, uploads. Only adds: the version before
-- goes on beside it. Its tasks have no `dispatch_at`, so the dispatcher leaves them to their rings.

-- Tenants: what a tenant may take of the engine (weight, maxConcurrentTasks, maxQueuedTasks).
ALTER TABLE "tenants" ADD COLUMN "policy" JSONB NOT NULL DEFAULT '{}';

-- Tasks
ALTER TABLE "tasks"
    ADD COLUMN "sort_at" TIMESTAMPTZ(3),
    ADD COLUMN "dispatch_at" TIMESTAMPTZ(3),
    ADD COLUMN "account" TEXT,
    ADD COLUMN "media" JSONB NOT NULL DEFAULT '[]',
    ADD COLUMN "cancel_requested_at" TIMESTAMPTZ(3),
    ADD COLUMN "retry_of" TEXT,
    ADD COLUMN "erased_at" TIMESTAMPTZ(3);

-- What waits for the dispatcher: per lane, tenant and model, in the order in which it is to be served. The model is in
-- it so that the backlog of a model whose breaker is open is never read.
CREATE INDEX "tasks_waiting" ON "tasks"("provider", "tenant_id", "model", "sort_at", "id") WHERE "dispatch_at" IS NOT NULL;
-- Slots in use: tasks that hold a place of a vendor's account.
CREATE INDEX "tasks_slots" ON "tasks"("account", "tenant_id") WHERE "account" IS NOT NULL;
-- Unfinished tasks of a tenant, for its maximum.
CREATE INDEX "tasks_unfinished" ON "tasks"("tenant_id") WHERE "next_action_at" IS NOT NULL;
CREATE INDEX "tasks_tenant_status" ON "tasks"("tenant_id", "status", "id" DESC) WHERE "erased_at" IS NULL;
-- By model alone, the newest of each status are put together: one index serves both filters.
CREATE INDEX "tasks_tenant_model" ON "tasks"("tenant_id", "model", "status", "id" DESC) WHERE "erased_at" IS NULL;
-- Made again, so that a list need not read the rows to leave out the erased ones.
DROP INDEX "tasks_tenant_newest";
CREATE INDEX "tasks_tenant_newest" ON "tasks"("tenant_id", "id" DESC, "erased_at");

-- The pairs of tasks' metadata, in the order in which lists read them. Unlike a GIN index it gives the newest of very many
-- without naming them all, and no change of a task touches it. Kept by the triggers below, so that tasks made by
-- the version before are in it too. No foreign key: it would need an index of its own.
CREATE TABLE "task_metadata" (
    "tenant_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    CONSTRAINT "task_metadata_pkey" PRIMARY KEY ("tenant_id", "key", "value", "task_id")
);
-- Together they say how common a pair is; each for itself, they do not.
CREATE STATISTICS "task_metadata_pairs" (mcv) ON "tenant_id", "key", "value" FROM "task_metadata";

CREATE FUNCTION "add_task_metadata"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO task_metadata (tenant_id, key, value, task_id)
    SELECT made.tenant_id, pair.key, pair.value, made.id FROM made, jsonb_each_text(made.metadata) AS pair;
    RETURN NULL;
END $$;
CREATE FUNCTION "drop_task_metadata"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM task_metadata USING jsonb_each_text(OLD.metadata) AS pair
    WHERE task_metadata.tenant_id = OLD.tenant_id AND task_metadata.key = pair.key AND task_metadata.value = pair.value
      AND task_metadata.task_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER "tasks_metadata_made" AFTER INSERT ON "tasks" REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION "add_task_metadata"();
-- Erasing a task empties its metadata; no other change touches it.
CREATE TRIGGER "tasks_metadata_erased" AFTER UPDATE OF "metadata" ON "tasks"
    FOR EACH ROW WHEN (NEW.metadata = '{}') EXECUTE FUNCTION "drop_task_metadata"();
CREATE TRIGGER "tasks_metadata_gone" AFTER DELETE ON "tasks" FOR EACH ROW EXECUTE FUNCTION "drop_task_metadata"();
INSERT INTO "task_metadata" SELECT "tenant_id", pair."key", pair."value", "id" FROM "tasks", jsonb_each_text("metadata") AS pair;

-- Attempts
ALTER TABLE "attempts"
    ADD COLUMN "seek_until" TIMESTAMPTZ(3),
    ADD COLUMN "hook_handle" JSONB;
ALTER TABLE "attempts" DROP CONSTRAINT "attempts_state";
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_state" CHECK ("state" IN ('submitting', 'submitted', 'seeking', 'done', 'failed', 'unknown'));
DROP INDEX "attempts_one_open";
CREATE UNIQUE INDEX "attempts_one_open" ON "attempts"("task_id") WHERE "state" IN ('submitting', 'submitted', 'seeking');
DROP INDEX "attempts_due";
CREATE INDEX "attempts_due" ON "attempts"("next_check_at") WHERE "state" IN ('submitted', 'seeking');
-- Which of the vendor's jobs are known to be ours, for the look-up after a lost answer.
CREATE INDEX "attempts_vendor_id" ON "attempts"("provider", "vendor_id") WHERE "vendor_id" IS NOT NULL;

CREATE INDEX "attempts_in_flight" ON "attempts"("id") WHERE "state" IN ('submitted', 'seeking');

-- Outputs end by themselves; those whose bytes are gone are out of the way.
CREATE INDEX "outputs_expired" ON "outputs"("expire_at") WHERE "key" IS NOT NULL;
CREATE INDEX "outputs_key" ON "outputs"("key") WHERE "key" IS NOT NULL;

-- The order in which archives are served: minutes since 1970 of the link that dies first.
ALTER TABLE "outbox" ADD COLUMN "urgency" INTEGER;

-- One row for each vendor: who was served last and what everybody is owed. Its lock is the dispatcher's.
CREATE TABLE "dispatch_lanes" (
    "provider" TEXT NOT NULL,
    "state" JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT "dispatch_lanes_pkey" PRIMARY KEY ("provider")
);

-- How a vendor's models (breaker) and accounts (in-flight limit) fare, shared by all workers.
CREATE TABLE "vendor_health" (
    "subject" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "state" JSONB NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "vendor_health_pkey" PRIMARY KEY ("subject")
);
CREATE INDEX "vendor_health_provider" ON "vendor_health"("provider");

-- Uploaded pictures and videos, and those that came as data URLs.
CREATE TABLE "inputs" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "mime" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expire_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "inputs_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "inputs_expired" ON "inputs"("expire_at");
CREATE INDEX "inputs_key" ON "inputs"("key");
ALTER TABLE "inputs" ADD CONSTRAINT "inputs_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Tables whose rows change often or die young.
ALTER TABLE "tasks" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "deliveries" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "task_events" SET (autovacuum_vacuum_insert_scale_factor = 0.05);
ALTER TABLE "dispatch_lanes" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, fillfactor = 50);
ALTER TABLE "vendor_health" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, fillfactor = 50);
