import { type InputObject, InputStore } from '../input.store.js';

export class InMemoryInputStore extends InputStore {
  readonly inputs = new Map<string, InputObject>();

  override async add(input: InputObject): Promise<void> {
    this.inputs.set(input.id, input);
  }

  override async find(tenantId: string, inputId: string, now: Date): Promise<InputObject | null> {
    const input = this.inputs.get(inputId);
    return input?.tenantId === tenantId && input.expireAt > now ? input : null;
  }

  override async findLinked(inputId: string, now: Date): Promise<InputObject | null> {
    const input = this.inputs.get(inputId);
    return input && input.expireAt > now ? input : null;
  }
}
