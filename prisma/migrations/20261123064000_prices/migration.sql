-- Price tables, each whole and never changed. Only adds: the version before has its prices in its code.
CREATE TABLE "price_tables" (
    "id" BIGSERIAL NOT NULL,
    "version" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "is_shipped" BOOLEAN NOT NULL,
    "put_by" TEXT,
    "put_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "price_tables_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "price_tables_version_key" ON "price_tables"("version");
