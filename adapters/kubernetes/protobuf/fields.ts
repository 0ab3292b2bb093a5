import { BYTES, VARINT } from "./wire.ts";

/** Fields of a decoded message, under their JSON names. */
export type Fields = Record<string, unknown>;

/** Tag of a field of text, bytes or a message: field number and wire type, as on the wire. */
export const text = (field: number): number => (field << 3) | BYTES;

/** Tag of a field of a number or a boolean. */
export const number = (field: number): number => (field << 3) | VARINT;

/** JSON omits an empty text. */
export function setText(fields: Fields, field: string, value: string): void {
  if (value !== "") fields[field] = value;
}

/** JSON omits a zero. */
export function setNumber(fields: Fields, field: string, value: number): void {
  if (value !== 0) fields[field] = value;
}
