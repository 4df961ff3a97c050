-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "instance" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "output_store_id" TEXT NOT NULL,
    "key_pepper_box" BYTEA NOT NULL,
    "key_pepper_key_id" TEXT NOT NULL,
    "identity_epoch" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "instance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tenants" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tenant_keys" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "prefix" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "source" TEXT NOT NULL,
    "scopes" TEXT[] DEFAULT ARRAY['proxy', 'tasks', 'read']::TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "tenant_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "callback_secrets" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "box" BYTEA NOT NULL,
    "master_key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "callback_secrets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tasks" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "input" JSONB NOT NULL,
    "request" JSONB NOT NULL,
    "metadata" JSONB NOT NULL,
    "priority" TEXT NOT NULL,
    "callback_url" TEXT,
    "callback_when" TEXT NOT NULL,
    "on_unknown" TEXT NOT NULL,
    "storage" TEXT NOT NULL,
    "progress" INTEGER NOT NULL DEFAULT 0,
    "archive_tries" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "deadline_at" TIMESTAMPTZ(3) NOT NULL,
    "next_action_at" TIMESTAMPTZ(3),
    "error_code" TEXT,
    "error_message" TEXT,
    "error_provider_code" TEXT,
    "error_retryable" BOOLEAN,
    "usage_unit" TEXT,
    "usage_quantity" DOUBLE PRECISION,
    "cost_nano_usd" BIGINT,

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempts" (
    "id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "provider" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "handle" JSONB,
    "vendor_id" TEXT,
    "checks" INTEGER NOT NULL DEFAULT 0,
    "next_check_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "submitted_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task_events" (
    "task_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "from_status" TEXT NOT NULL,
    "to_status" TEXT NOT NULL,
    "cause" TEXT NOT NULL,

    CONSTRAINT "task_events_pkey" PRIMARY KEY ("task_id","version")
);

-- CreateTable
CREATE TABLE "outputs" (
    "id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "source_url" TEXT,
    "source_expires_at" TIMESTAMPTZ(3),
    "key" TEXT,
    "type" TEXT NOT NULL,
    "mime" TEXT,
    "bytes" BIGINT,
    "sha256" TEXT,
    "width" INTEGER,
    "height" INTEGER,
    "expire_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "outputs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "task_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id","key")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "step" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "ring" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "url" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempts" (
    "delivery_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "status" INTEGER,
    "error" TEXT,
    "answer_snippet" TEXT NOT NULL,

    CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "request_id" TEXT NOT NULL,
    "tenant" TEXT NOT NULL,
    "key_prefix" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "model" TEXT,
    "upstream" TEXT,
    "status" INTEGER NOT NULL,
    "error_code" TEXT,
    "latency_ms" INTEGER NOT NULL,
    "ttfb_ms" INTEGER,
    "tokens_in" INTEGER,
    "tokens_out" INTEGER,
    "tokens_cached" INTEGER,
    "cost_usd" DECIMAL(20,9),
    "bytes_in" BIGINT NOT NULL,
    "bytes_out" BIGINT NOT NULL,
    "stream" BOOLEAN NOT NULL,
    "client_ip" TEXT NOT NULL,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenants_name_key" ON "tenants"("name");

-- CreateIndex
CREATE UNIQUE INDEX "tenant_keys_digest_key" ON "tenant_keys"("digest");

-- CreateIndex
CREATE INDEX "tenant_keys_tenant_id_idx" ON "tenant_keys"("tenant_id");

-- CreateIndex
CREATE INDEX "callback_secrets_tenant_id_created_at_idx" ON "callback_secrets"("tenant_id", "created_at");

-- CreateIndex
CREATE INDEX "tasks_tenant_newest" ON "tasks"("tenant_id", "id" DESC);

-- CreateIndex
-- Only unfinished work is ever looked for by time, so these indexes stay as small as the backlog.
CREATE INDEX "tasks_due" ON "tasks"("next_action_at") WHERE "next_action_at" IS NOT NULL;

-- CreateIndex
CREATE INDEX "tasks_deadline" ON "tasks"("deadline_at") WHERE "next_action_at" IS NOT NULL;

-- CreateIndex
CREATE INDEX "attempts_leases" ON "attempts"("lease_until") WHERE "state" = 'submitting';

-- CreateIndex
CREATE INDEX "attempts_due" ON "attempts"("next_check_at") WHERE "state" = 'submitted';

-- CreateIndex
CREATE UNIQUE INDEX "attempts_task_id_number_key" ON "attempts"("task_id", "number");

-- CreateIndex
CREATE UNIQUE INDEX "outputs_task_id_index_key" ON "outputs"("task_id", "index");

-- CreateIndex
CREATE INDEX "idempotency_keys_expires_at_idx" ON "idempotency_keys"("expires_at");

-- CreateIndex
CREATE INDEX "deliveries_due" ON "deliveries"("next_attempt_at") WHERE "state" = 'pending';

-- CreateIndex
CREATE UNIQUE INDEX "deliveries_task_id_sequence_key" ON "deliveries"("task_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_tenant_time_idx" ON "audit"("tenant", "time");

-- CreateIndex
CREATE UNIQUE INDEX "audit_request_id_key" ON "audit"("request_id");

-- AddForeignKey
ALTER TABLE "tenant_keys" ADD CONSTRAINT "tenant_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "callback_secrets" ADD CONSTRAINT "callback_secrets_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "outputs" ADD CONSTRAINT "outputs_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "tasks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "deliveries"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- What only one writer may do is said by the tables as well as by the code.
ALTER TABLE "instance" ADD CONSTRAINT "instance_is_one_row" CHECK ("id" = 1);
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_status" CHECK ("status" IN ('queued', 'handling', 'archiving', 'success', 'fail'));
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_state" CHECK ("state" IN ('submitting', 'submitted', 'done', 'failed', 'unknown'));
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_state" CHECK ("state" IN ('pending', 'delivered', 'dead'));
CREATE UNIQUE INDEX "attempts_one_open" ON "attempts"("task_id") WHERE "state" IN ('submitting', 'submitted');

-- One current secret a tenant: of two made at once, one stays.
CREATE UNIQUE INDEX "callback_secrets_one_current" ON "callback_secrets"("tenant_id") WHERE "expires_at" IS NULL;
-- One key from INTERNAL_KEYS a tenant.
CREATE UNIQUE INDEX "tenant_keys_one_internal" ON "tenant_keys"("tenant_id") WHERE "source" = 'internal' AND "revoked_at" IS NULL;

-- Rows of these tables die young; the defaults would let dead ones pile up.
ALTER TABLE "outbox" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
ALTER TABLE "attempts" SET (autovacuum_vacuum_scale_factor = 0.05);
