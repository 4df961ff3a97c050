import { Client } from 'pg';
import { vi } from 'vitest';

/** A statement as it went over the wire, and how Postgres would run it now. */
export interface StatementPlan {
  readonly text: string;
  readonly plan: string;
}

type Statement = [text: string, values: unknown[]];

/** Runs `work` and explains every statement that it sent with any `pg` client, Prisma's included. */
export async function plansOf(
  url: string,
  work: () => Promise<unknown>,
): Promise<readonly StatementPlan[]> {
  const sent: Statement[] = [];
  const spy = vi.spyOn(Client.prototype, 'query');
  try {
    await work();
    for (const call of spy.mock.calls) sent.push(...statementOf(call));
  } finally {
    spy.mockRestore();
  }
  return await explain(url, sent);
}

async function explain(url: string, statements: readonly Statement[]) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const plans: StatementPlan[] = [];
    for (const [text, values] of statements) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
      plans.push({ text, plan: rows.map((row) => row['QUERY PLAN']).join('\n') });
    }
    return plans;
  } finally {
    await client.end();
  }
}

/** `query` is called with a text and values, or with an object that holds both. */
function statementOf(call: readonly unknown[]): Statement[] {
  const [first, second] = call;
  const fromObject = typeof first === 'object' && first !== null;
  const text: unknown = fromObject ? Reflect.get(first, 'text') : first;
  const values: unknown = fromObject ? Reflect.get(first, 'values') : second;
  if (typeof text !== 'string' || !/^\s*\(?(SELECT|INSERT|UPDATE|DELETE|WITH)/i.test(text))
    return [];
  return [[text, Array.isArray(values) ? values : []]];
}
