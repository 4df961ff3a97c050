# One image for every process; the command says which: the API (default), the worker, or a migration.
#   docker build -t taskgate .
#   docker run taskgate node dist/apps/worker/src/main.js
#   docker run taskgate node tools/migrate.mjs

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json prisma.config.ts ./
COPY tools tools
COPY prisma prisma
COPY libs libs
COPY apps apps
RUN npm run build

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Optional are the Node and the Postgres of `npm start`: the image has the one and needs no other.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY prisma/migrations prisma/migrations
COPY tools/migrate.mjs tools/migrate.mjs
COPY tools/start tools/start
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000 8001
# The worker answers on a port of its own: set HEALTH_URL, or override the check, where it runs.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(process.env.HEALTH_URL ?? `http://127.0.0.1:${process.env.PORT ?? 8000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/apps/api/src/main.js"]
