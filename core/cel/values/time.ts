import { Opaque, type Value } from "./value.ts";

export const NANOS_A_SECOND = 1_000_000_000n;

/** A moment, in nanoseconds since 1970. `offset`, in seconds, is the zone in which it was written, and is written again. */
export class Timestamp extends Opaque {
  readonly typeName = "google.protobuf.Timestamp";
  readonly nanos: bigint;
  readonly offset: number;

  constructor(nanos: bigint, offset = 0) {
    super();
    this.nanos = nanos;
    this.offset = offset;
  }

  equals(other: Value): boolean {
    return other instanceof Timestamp && other.nanos === this.nanos;
  }

  /** RFC 3339, with as many digits of the second as needed. */
  toText(): string {
    const { offset } = this;
    const date = new Date(this.toMilliseconds() + offset * 1_000);
    const fraction = toFraction(modulo(this.nanos, NANOS_A_SECOND));
    const minutes = Math.trunc(Math.abs(offset) / 60);
    const zone = `${offset < 0 ? "-" : "+"}${pad(Math.trunc(minutes / 60))}:${pad(minutes % 60)}`;
    const year = String(date.getUTCFullYear()).padStart(4, "0");
    const rest = `${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}T${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
    return `${year}-${rest}${fraction}${offset === 0 ? "Z" : zone}`;
  }

  toMilliseconds(): number {
    return Number((this.nanos - modulo(this.nanos, 1_000_000n)) / 1_000_000n);
  }
}

/** A length of time in nanoseconds, of 64 bits: up to 292 years. */
export class Duration extends Opaque {
  readonly typeName = "google.protobuf.Duration";
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    super();
    this.nanos = nanos;
  }

  equals(other: Value): boolean {
    return other instanceof Duration && other.nanos === this.nanos;
  }

  /** In seconds: `90s`, `0.5s`. As in Kubernetes, the seconds are those of a double: of many years, the last nanoseconds are not written. */
  toText(): string {
    const seconds = Number(this.nanos / NANOS_A_SECOND) + Number(this.nanos % NANOS_A_SECOND) / 1e9;
    const text = Math.abs(seconds) < 1e-6 ? seconds.toFixed(9).replace(/\.?0+$/, "") : `${seconds}`;
    return `${text}s`;
  }
}

/** The remainder with the sign of the divisor. */
export function modulo(value: bigint, divisor: bigint): bigint {
  const rest = value % divisor;
  return rest < 0n ? rest + divisor : rest;
}

function toFraction(nanos: bigint): string {
  return nanos === 0n ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
