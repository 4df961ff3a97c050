import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import { expect, it } from 'vitest';
import { validation } from './validation.js';

class Engine {
  @IsInt({ message: 'power takes a whole number' })
  power!: number;
}

class Car {
  @IsString({ message: 'name takes a text' })
  name!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Engine)
  engine?: Engine;
}

const read = async (body: object): Promise<unknown> =>
  await validation.transform(body, { type: 'body', metatype: Car });

it('takes what fits', async () => {
  expect(await read({ name: 'x', engine: { power: 1 } })).toBeInstanceOf(Car);
});

it.each<[object, string, string]>([
  [
    { name: 'x', colour: 'red' },
    'colour',
    'colour is not a field that is taken here; taken are name, engine',
  ],
  [
    { name: 'x', engine: { power: 1, fuel: 'gas' } },
    'engine.fuel',
    'engine.fuel is not a field that is taken here; taken are power',
  ],
  [{ name: 'x', engine: { power: 'much' } }, 'engine.power', 'engine.power takes a whole number'],
])('refuses %j by its path and says what is taken', async (body, param, message) => {
  await expect(read(body)).rejects.toMatchObject({ code: 'INVALID_REQUEST', param, message });
});
