-- Audit rows by month, so that old ones go with their partition. Only adds: the version before goes on writing to
-- "audit", and the workers of this one bring its rows over (docs/decisions/0023).
CREATE TABLE "audit_log" (
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

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("time", "request_id")
) PARTITION BY RANGE ("time");

CREATE INDEX "audit_log_request_id_idx" ON "audit_log"("request_id");
CREATE INDEX "audit_log_tenant_time_idx" ON "audit_log"("tenant", "time");
CREATE INDEX "audit_log_tenant_status_time_idx" ON "audit_log"("tenant", "status", "time");
CREATE INDEX "audit_log_tenant_model_time_idx" ON "audit_log"("tenant", "model", "time");
CREATE INDEX "audit_log_status_time_idx" ON "audit_log"("status", "time");
CREATE INDEX "audit_log_model_time_idx" ON "audit_log"("model", "time");
CREATE INDEX "audit_log_model_status_time_idx" ON "audit_log"("model", "status", "time");
CREATE INDEX "audit_log_key_prefix_time_idx" ON "audit_log"("key_prefix", "time");

-- What no month is there for: no insert ever fails for want of a partition.
CREATE TABLE "audit_log_default" PARTITION OF "audit_log" DEFAULT;

-- The months that rows are likely for; a worker makes all others.
DO $$
DECLARE
    this_month TIMESTAMP := date_trunc('month', now() AT TIME ZONE 'UTC');
    a_month TIMESTAMP;
BEGIN
    FOR a_month IN SELECT generate_series(this_month - interval '3 months', this_month + interval '2 months', interval '1 month') LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF "audit_log" FOR VALUES FROM (%L) TO (%L)',
            'audit_log_' || to_char(a_month, 'YYYY_MM'), a_month AT TIME ZONE 'UTC', (a_month + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
END $$;
