-- One task, several calls to its vendor. Only adds: the version before goes on beside it. It takes a part
-- for an ordinary task, which is what it is to whoever sends, checks or archives it. It never shows one
-- (`erased_at` is set from the start), and it never takes the parent for one that is to be sent: that is
-- neither waiting (`dispatch_at`) nor overdue (`next_action_at` is a day after its deadline).
ALTER TABLE "tasks"
    ADD COLUMN "parts" INTEGER,
    ADD COLUMN "parent_id" TEXT,
    ADD COLUMN "part" INTEGER,
    ADD COLUMN "part_results" INTEGER,
    ADD COLUMN "partial" JSONB,
    ADD COLUMN "gather_at" TIMESTAMPTZ(3);

-- No foreign key: parts are as old as their parent and are dropped with it, each for itself.
CREATE UNIQUE INDEX "tasks_parts" ON "tasks"("parent_id", "part") WHERE "parent_id" IS NOT NULL;
-- A tenant's unfinished tasks for its maximum, where several calls are one. Takes the place of "tasks_unfinished",
-- which the version before still counts by.
CREATE INDEX "tasks_unfinished_own" ON "tasks"("tenant_id") WHERE "next_action_at" IS NOT NULL AND "parent_id" IS NULL;
-- What waits to be gathered.
CREATE INDEX "tasks_gather" ON "tasks"("gather_at") WHERE "gather_at" IS NOT NULL;

-- A trigger, so that a part moved by a worker of the version before is gathered too, and so is the end of
-- a task of several calls that such a process brought about without knowing of its parts.
CREATE FUNCTION "mark_for_gathering"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.gather_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER "tasks_gather" BEFORE UPDATE OF "status" ON "tasks" FOR EACH ROW
    WHEN (NEW."status" <> OLD."status"
      AND (NEW."parent_id" IS NOT NULL OR (NEW."parts" IS NOT NULL AND NEW."status" IN ('success', 'fail'))))
    EXECUTE FUNCTION "mark_for_gathering"();
