/**
 * No more than so many at once; the others wait, in order. So a thousand commands at the same moment are
 * not a thousand that seem late because they stand behind one another.
 */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly atOnce: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.atOnce) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // Its place goes to the next, so that nobody who comes now is before them.
      if (next) next();
      else this.running -= 1;
    }
  }
}
