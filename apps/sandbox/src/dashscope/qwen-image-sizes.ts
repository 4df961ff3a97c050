import { type Fields, readText } from '../fields.js';

/** All that the oldest models and `-max` make. */
export const LISTED_SIZES = [
  '1664*928',
  '1472*1104',
  '1328*1328',
  '1104*1472',
  '928*1664',
] as const;

/** Pure. Sides are rounded to multiples of 16, as the vendor does. */
export function readSize(
  parameters: Fields,
  fallback: string,
): { readonly width: number; readonly height: number } {
  const [width = 0, height = 0] = readText(parameters, 'size', fallback).split('*').map(Number);
  return { width: Math.round(width / 16) * 16, height: Math.round(height / 16) * 16 };
}
