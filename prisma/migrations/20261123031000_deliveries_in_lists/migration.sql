-- A tenant's dead deliveries are few among those that arrived, and its tests among the callbacks of tasks:
-- without indexes of their own, a page of them would be looked for through everything.
CREATE INDEX "deliveries_tenant_dead" ON "deliveries"("tenant_id", "id" DESC) WHERE "state" = 'dead';
CREATE INDEX "deliveries_tests" ON "deliveries"("tenant_id", "id" DESC) WHERE "task_id" IS NULL;
