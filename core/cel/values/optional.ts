import { isEqual } from "./equality.ts";
import { Opaque, type Value } from "./value.ts";

/** A value that may be there or not. `none()` and an optional of null are different. */
export class Optional extends Opaque {
  readonly typeName = "optional_type";
  /** Undefined if there is none. */
  readonly value: Value | undefined;

  constructor(value?: Value) {
    super();
    this.value = value;
  }

  equals(other: Value): boolean {
    if (!(other instanceof Optional)) return false;
    if (this.value === undefined || other.value === undefined) return this.value === other.value;
    return isEqual(this.value, other.value);
  }

  toText(): undefined {
    return undefined;
  }
}

export const NONE: Optional = new Optional();
