-- The ledger of money: append-only, double-entry (what each kind debits and credits is in
-- libs/tenants/src/ledger/ledger.ts). Only adds: the version before writes no transfers, and goes on beside it.
CREATE TABLE "ledger" (
    "id" BIGINT GENERATED ALWAYS AS IDENTITY,
    "subject" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT,
    "model" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "amount_nano_usd" BIGINT,
    "price_version" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT,
    "tokens_in" BIGINT,
    "tokens_out" BIGINT,
    "tokens_cached" BIGINT,
    "tokens_reasoning" BIGINT,
    "tokens_audio" BIGINT,
    "unit" TEXT,
    "quantity" DOUBLE PRECISION,
    "owner" TEXT,
    CONSTRAINT "ledger_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "ledger_subject_kind" UNIQUE ("subject", "kind"),
    CONSTRAINT "ledger_kind" CHECK ("kind" IN ('hold', 'release', 'charge', 'lost')),
    CONSTRAINT "ledger_amount" CHECK ("amount_nano_usd" >= 0 AND ("kind" IN ('charge', 'lost') OR "amount_nano_usd" IS NOT NULL)),
    CONSTRAINT "ledger_source" CHECK ("source" IN ('provider', 'estimated', 'none'))
);
CREATE INDEX "ledger_tenant_at" ON "ledger"("tenant_id", "at");

-- Holds without a release; the reaper's work list.
CREATE TABLE "ledger_holds" (
    "subject" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT,
    "model" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "amount_nano_usd" BIGINT NOT NULL,
    "price_version" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "owner" TEXT,
    CONSTRAINT "ledger_holds_pkey" PRIMARY KEY ("subject")
);
CREATE INDEX "ledger_holds_owner" ON "ledger_holds"("owner") WHERE "owner" IS NOT NULL;

-- Processes that answer requests, and when each was last heard of.
CREATE TABLE "ledger_owners" (
    "owner" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "ledger_owners_pkey" PRIMARY KEY ("owner")
);

-- What a tenant or key has spent and holds. Its version grows with each change, so that a copy elsewhere
-- never goes back.
CREATE TABLE "balances" (
    "scope" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "day" DATE NOT NULL,
    "day_spent" BIGINT NOT NULL,
    "month" DATE NOT NULL,
    "month_spent" BIGINT NOT NULL,
    "spent" BIGINT NOT NULL,
    "held" BIGINT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "balances_pkey" PRIMARY KEY ("scope")
);
CREATE INDEX "balances_changed" ON "balances"("changed_at");

-- Charges and losses by hour. `key_id` is empty where no key is known.
CREATE TABLE "usage_hours" (
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "tasks" BIGINT NOT NULL,
    "requests" BIGINT NOT NULL,
    "tokens_in" BIGINT NOT NULL,
    "tokens_out" BIGINT NOT NULL,
    "tokens_cached" BIGINT NOT NULL,
    "tokens_reasoning" BIGINT NOT NULL,
    "tokens_audio" BIGINT NOT NULL,
    "images" DOUBLE PRECISION NOT NULL,
    "seconds" DOUBLE PRECISION NOT NULL,
    "cost_nano_usd" BIGINT NOT NULL,
    "estimated" BIGINT NOT NULL,
    "unpriced" BIGINT NOT NULL,
    "lost_nano_usd" BIGINT NOT NULL,
    CONSTRAINT "usage_hours_pkey" PRIMARY KEY ("hour", "tenant_id", "key_id", "model", "provider")
);
CREATE INDEX "usage_hours_tenant" ON "usage_hours"("tenant_id", "hour");

CREATE FUNCTION "refuse_to_change_the_ledger"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END $$;
CREATE TRIGGER "ledger_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_to_change_the_ledger"();

-- Everything that follows from new rows, in their own transaction. Balances come first: their rows are locked
-- in one order by everybody, each transfer of a subject locks the same ones, and so what comes after them is
-- done one writer after the other. Nobody waits for a balance with anything of it locked, so no two can wait for
-- each other; and a release sees the hold that was written before it, and the other way round.
CREATE FUNCTION "follow_the_ledger"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM added) THEN RETURN NULL; END IF;

    INSERT INTO "balances" AS b ("scope", "version", "day", "day_spent", "month", "month_spent", "spent", "held", "changed_at")
    SELECT s."scope", 1, max(s."day"), coalesce(sum(s."charged") FILTER (WHERE s."day" = s."last_day"), 0),
        max(s."month"), coalesce(sum(s."charged") FILTER (WHERE s."month" = s."last_month"), 0),
        sum(s."charged"), sum(s."held"), clock_timestamp()
    FROM (
        SELECT e.*, max(e."day") OVER (PARTITION BY e."scope") AS "last_day", max(e."month") OVER (PARTITION BY e."scope") AS "last_month"
        FROM (
            SELECT t."scope", (a."at" AT TIME ZONE 'UTC')::date AS "day", date_trunc('month', a."at" AT TIME ZONE 'UTC')::date AS "month",
                CASE a."kind" WHEN 'charge' THEN coalesce(a."amount_nano_usd", 0) ELSE 0 END AS "charged",
                CASE a."kind" WHEN 'hold' THEN a."amount_nano_usd" WHEN 'release' THEN -a."amount_nano_usd" ELSE 0 END AS "held"
            FROM added a CROSS JOIN LATERAL unnest(ARRAY[a."tenant_id", a."key_id"]) AS t("scope")
            WHERE t."scope" IS NOT NULL AND a."kind" <> 'lost'
        ) AS e
    ) AS s
    GROUP BY s."scope" ORDER BY s."scope" COLLATE "C"
    ON CONFLICT ("scope") DO UPDATE SET
        "version" = b."version" + 1,
        "day" = greatest(b."day", excluded."day"),
        "day_spent" = CASE WHEN excluded."day" > b."day" THEN 0 ELSE b."day_spent" END
            + CASE WHEN excluded."day" < b."day" THEN 0 ELSE excluded."day_spent" END,
        "month" = greatest(b."month", excluded."month"),
        "month_spent" = CASE WHEN excluded."month" > b."month" THEN 0 ELSE b."month_spent" END
            + CASE WHEN excluded."month" < b."month" THEN 0 ELSE excluded."month_spent" END,
        "spent" = b."spent" + excluded."spent",
        "held" = b."held" + excluded."held",
        "changed_at" = excluded."changed_at";

    INSERT INTO "ledger_holds" ("subject", "tenant_id", "key_id", "model", "provider", "amount_nano_usd", "price_version", "at", "owner")
    SELECT a."subject", a."tenant_id", a."key_id", a."model", a."provider", a."amount_nano_usd", a."price_version", a."at", a."owner"
    FROM added a WHERE a."kind" = 'hold' AND a."subject" <> ALL (ARRAY(
        SELECT l."subject" FROM "ledger" l WHERE l."kind" = 'release' AND l."subject" = ANY (ARRAY(SELECT n."subject" FROM added n WHERE n."kind" = 'hold'))));
    DELETE FROM "ledger_holds" WHERE "subject" = ANY (ARRAY(SELECT a."subject" FROM added a WHERE a."kind" = 'release'));

    INSERT INTO "usage_hours" AS u ("hour", "tenant_id", "key_id", "model", "provider", "tasks", "requests", "tokens_in", "tokens_out",
        "tokens_cached", "tokens_reasoning", "tokens_audio", "images", "seconds", "cost_nano_usd", "estimated", "unpriced", "lost_nano_usd")
    SELECT date_trunc('hour', a."at" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', a."tenant_id", coalesce(a."key_id", ''), a."model", a."provider",
        count(*) FILTER (WHERE a."kind" = 'charge' AND a."subject" LIKE 'tk-%'),
        count(*) FILTER (WHERE a."kind" = 'charge' AND a."subject" NOT LIKE 'tk-%'),
        coalesce(sum(a."tokens_in") FILTER (WHERE a."kind" = 'charge'), 0), coalesce(sum(a."tokens_out") FILTER (WHERE a."kind" = 'charge'), 0),
        coalesce(sum(a."tokens_cached") FILTER (WHERE a."kind" = 'charge'), 0),
        coalesce(sum(a."tokens_reasoning") FILTER (WHERE a."kind" = 'charge'), 0),
        coalesce(sum(a."tokens_audio") FILTER (WHERE a."kind" = 'charge'), 0),
        coalesce(sum(a."quantity") FILTER (WHERE a."kind" = 'charge' AND a."unit" = 'image'), 0),
        coalesce(sum(a."quantity") FILTER (WHERE a."kind" = 'charge' AND a."unit" = 'second'), 0),
        coalesce(sum(a."amount_nano_usd") FILTER (WHERE a."kind" = 'charge'), 0),
        count(*) FILTER (WHERE a."kind" = 'charge' AND a."source" = 'estimated'),
        count(*) FILTER (WHERE a."amount_nano_usd" IS NULL),
        coalesce(sum(a."amount_nano_usd") FILTER (WHERE a."kind" = 'lost'), 0)
    FROM added a WHERE a."kind" IN ('charge', 'lost')
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT ("hour", "tenant_id", "key_id", "model", "provider") DO UPDATE SET
        "tasks" = u."tasks" + excluded."tasks",
        "requests" = u."requests" + excluded."requests",
        "tokens_in" = u."tokens_in" + excluded."tokens_in",
        "tokens_out" = u."tokens_out" + excluded."tokens_out",
        "tokens_cached" = u."tokens_cached" + excluded."tokens_cached",
        "tokens_reasoning" = u."tokens_reasoning" + excluded."tokens_reasoning",
        "tokens_audio" = u."tokens_audio" + excluded."tokens_audio",
        "images" = u."images" + excluded."images",
        "seconds" = u."seconds" + excluded."seconds",
        "cost_nano_usd" = u."cost_nano_usd" + excluded."cost_nano_usd",
        "estimated" = u."estimated" + excluded."estimated",
        "unpriced" = u."unpriced" + excluded."unpriced",
        "lost_nano_usd" = u."lost_nano_usd" + excluded."lost_nano_usd";
    RETURN NULL;
END $$;
CREATE TRIGGER "ledger_followed" AFTER INSERT ON "ledger"
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "follow_the_ledger"();

-- What a task holds until its end: which key made it, how much, at which prices. Then what the ledger is told at
-- the end: whether `cost_nano_usd` is our own figure, by which table, how many calls the vendor may charge that brought nothing.
ALTER TABLE "tasks"
    ADD COLUMN "key_id" TEXT,
    ADD COLUMN "hold_nano_usd" BIGINT,
    ADD COLUMN "price_version" TEXT,
    ADD COLUMN "usage_estimated" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "priced_by" TEXT,
    ADD COLUMN "lost_calls" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "accounted" BOOLEAN NOT NULL DEFAULT false;

-- Tasks that a process of the version before has ended, so that the ledger was not told: as good as empty.
CREATE INDEX "tasks_unaccounted" ON "tasks"("id")
    WHERE "completed_at" IS NOT NULL AND "key_id" IS NOT NULL AND "parent_id" IS NULL AND NOT "accounted";
