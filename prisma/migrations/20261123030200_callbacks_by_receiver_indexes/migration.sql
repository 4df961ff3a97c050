-- Nothing is written to the table while they are built: some two seconds for each million rows and index.
-- One delivery about one change.
CREATE UNIQUE INDEX "deliveries_task_id_event_key" ON "deliveries"("task_id", "event");
-- What nobody has looked at yet: found without naming its receiver.
CREATE INDEX "deliveries_fresh" ON "deliveries"("next_attempt_at") WHERE "next_attempt_at" IS NOT NULL AND NOT "parked";
-- What waits for its receiver's turn, or is under way: first attempts (and those that a person waits
-- for) apart, so that a flood of retries or of a replay hides none of them.
CREATE INDEX "deliveries_firsts" ON "deliveries"("tenant_id", "origin", "next_attempt_at")
    WHERE "next_attempt_at" IS NOT NULL AND "parked" AND ("attempts" = 0 OR "trigger" = 'manual');
CREATE INDEX "deliveries_again" ON "deliveries"("tenant_id", "origin", "next_attempt_at")
    WHERE "next_attempt_at" IS NOT NULL AND "parked" AND "attempts" > 0 AND "trigger" <> 'manual';
CREATE INDEX "deliveries_leased" ON "deliveries"("tenant_id", "origin") WHERE "lease_until" IS NOT NULL;
-- Lists, newest first: ids are in the order of time.
CREATE INDEX "deliveries_tenant_newest" ON "deliveries"("tenant_id", "id" DESC);
CREATE INDEX "deliveries_state_newest" ON "deliveries"("state", "id" DESC) WHERE "state" IN ('dead', 'pending');
