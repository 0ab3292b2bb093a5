import { countEntries, fromJson, toEntries } from "./json.ts";
import { charge, chargeText } from "./meter.ts";
import { compareNumbers } from "./order.ts";
import {
  isFields,
  isMap,
  MapValue,
  Opaque,
  readField,
  TypeValue,
  type Fields,
  type Value,
} from "./value.ts";

/**
 * Whether two values are equal. Numbers are equal by their value, whatever their types; values of other types that differ are not.
 * Charges for everything that it looks at. Throws a RangeError if they are nested too deep.
 */
export function isEqual(left: Value, right: Value): boolean {
  if (typeof left === "string") {
    if (typeof right !== "string") return false;
    if (left.length === right.length) chargeText(left.length);
    return left === right;
  }
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return compareNumbers(left, right) === 0;
  }
  return isEqualObject(left, right);
}

function isEqualObject(left: object, right: object): boolean {
  charge(1);
  if (Array.isArray(left)) return Array.isArray(right) && isEqualList(left, right);
  if (left instanceof Opaque) return left.equals(right);
  if (left instanceof TypeValue) return right instanceof TypeValue && left.name === right.name;
  if (left instanceof Uint8Array) {
    if (!(right instanceof Uint8Array)) return false;
    chargeText(left.length);
    return Buffer.compare(left, right) === 0;
  }
  if (isMap(left)) return isMap(right) && isEqualMap(left, right);
  return compareNumbers(left, right) === 0;
}

function isEqualList(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  charge(left.length);
  return left.every((item, index) => isEqual(fromJson(item), fromJson(right[index])));
}

function isEqualMap(left: Fields | MapValue, right: Fields | MapValue): boolean {
  const size = countEntries(left);
  if (size !== countEntries(right)) return false;
  charge(size);
  for (const [key, value] of toEntries(left)) {
    if (typeof key === "string") chargeText(key.length);
    const other = lookUp(right, key);
    if (other === undefined || !isEqual(value, other)) return false;
  }
  return true;
}

/** The value of a key, null included; undefined if there is no such key. */
function lookUp(map: Fields | MapValue, key: Value): Value | undefined {
  if (map instanceof MapValue) return map.get(key);
  if (typeof key !== "string" || !Object.hasOwn(map, key)) return undefined;
  return fromJson(map[key]);
}

/** Whether a list has an equal item, or a map a key that is not null. */
export function includes(container: Value, item: Value): boolean | undefined {
  if (Array.isArray(container)) {
    charge(container.length);
    return container.some((one: unknown) => isEqual(fromJson(one), item));
  }
  if (container instanceof MapValue) return container.get(item) !== undefined;
  return isFields(container) ? readField(container, item) !== undefined : undefined;
}
