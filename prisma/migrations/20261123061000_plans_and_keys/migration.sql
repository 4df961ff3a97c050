-- Plans, policies of keys, and rotation. Only adds: the version before knows neither, and goes on beside it.
CREATE TABLE "plans" (
    "name" TEXT NOT NULL,
    "policy" JSONB NOT NULL DEFAULT '{}',
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "plans_pkey" PRIMARY KEY ("name")
);

ALTER TABLE "tenants" ADD COLUMN "plan" TEXT;
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_plan_fkey" FOREIGN KEY ("plan") REFERENCES "plans"("name") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX "tenants_plan_idx" ON "tenants"("plan");

ALTER TABLE "tenant_keys" ADD COLUMN "policy" JSONB NOT NULL DEFAULT '{}';
ALTER TABLE "tenant_keys" ADD COLUMN "replaced_by" TEXT;
