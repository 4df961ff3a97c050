/** What an account that is without limit says it has. */
const PLENTY = 1_000_000;

/** The balance of each key, in credits of a US cent. */
export class Credits {
  private readonly spent = new Map<string, number>();

  /** What each key begins with; null: any number of jobs is paid. */
  constructor(private readonly start: number | null) {}

  left(key: string): number {
    return Number(((this.start ?? PLENTY) - (this.spent.get(key) ?? 0)).toFixed(2));
  }

  /** False, and nothing is taken, where too little is left. */
  spend(key: string, cost: number): boolean {
    if (this.start !== null && cost > this.left(key)) return false;
    this.spent.set(key, (this.spent.get(key) ?? 0) + cost);
    return true;
  }
}
