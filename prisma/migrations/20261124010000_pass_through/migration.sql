-- What the pass-through keeps: upstreams and routes of operators, whose the upstream's objects are, first
-- answers to calls with an Idempotency-Key, and why each call went where it went. Only adds.
CREATE TABLE "upstreams" (
    "name" TEXT NOT NULL,
    "base_url" TEXT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "inject_usage" BOOLEAN NOT NULL DEFAULT true,
    "master_key_id" TEXT,
    "box" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "upstreams_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "routes" (
    "model" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "routes_pkey" PRIMARY KEY ("model")
);

CREATE TABLE "upstream_objects" (
    "object_id" TEXT NOT NULL,
    "upstream" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "upstream_objects_pkey" PRIMARY KEY ("object_id")
);
CREATE INDEX "upstream_objects_tenant_kind_idx" ON "upstream_objects"("tenant_id", "kind", "created_at" DESC);
CREATE INDEX "upstream_objects_kind_created_idx" ON "upstream_objects"("kind", "created_at");

CREATE TABLE "replays" (
    "tenant_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "request_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "status" INTEGER,
    "headers" JSONB,
    "object_key" TEXT,
    "bytes" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "replays_pkey" PRIMARY KEY ("tenant_id", "key")
);
CREATE INDEX "replays_expires_at_idx" ON "replays"("expires_at");

ALTER TABLE "audit_log" ADD COLUMN "explanation" JSONB;
