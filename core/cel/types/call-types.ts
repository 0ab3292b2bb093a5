import {
  ANY,
  BOOL,
  describeType,
  DOUBLE,
  INT,
  isNumeric,
  isUnknown,
  joinTypes,
  TEXT,
  TIMESTAMP,
  type ValueType,
} from "./value-type.ts";

/** The types that a function or an operator is applied to. */
export type CallTypes = {
  readonly target: ValueType | undefined;
  readonly args: readonly ValueType[];
};

export type CallAnswer = {
  readonly result: ValueType;
  readonly fault?: string | undefined;
  readonly hint?: string | undefined;
};

const SPOKEN: Readonly<Record<string, string>> = {
  "_==_": "==",
  "_!=_": "!=",
  "_<_": "<",
  "_<=_": "<=",
  "_>_": ">",
  "_>=_": ">=",
  "_+_": "+",
  "_-_": "-",
  "_*_": "*",
  "_/_": "/",
  "_%_": "%",
  "_&&_": "&&",
  "_||_": "||",
  "!_": "!",
  "-_": "-",
};

/** The type that a call gives, and what is wrong with its types whatever the values are. The result of an unknown function is `any`. */
export function checkCall(name: string, { target, args }: CallTypes): CallAnswer {
  const [first = ANY, second = ANY, third = ANY] = args;
  const sign = SPOKEN[name] ?? name;
  switch (name) {
    case "_==_":
    case "_!=_":
      return comparable(first, second)
        ? { result: BOOL }
        : { ...misfit(sign, first, second), hint: "they are never equal" };
    case "_<_":
    case "_<=_":
    case "_>_":
    case "_>=_":
      return ordered(first, second) ? { result: BOOL } : misfit(sign, first, second);
    case "_&&_":
    case "_||_":
    case "!_":
    case "@not_strictly_false":
      return checkLogic(sign, args);
    case "_?_:_":
      return isUnknown(first) || first.type === "bool"
        ? { result: joinTypes(second, third) }
        : {
            result: ANY,
            fault: `the condition before ? is ${describeType(first)}, not true or false`,
          };
    case "_+_":
    case "_-_":
      return checkSum(sign, first, second);
    case "_*_":
    case "_/_":
    case "_%_":
      return checkProduct(sign, first, second);
    case "@in":
      return isUnknown(second) || ["list", "map", "fields"].includes(second.type)
        ? { result: BOOL }
        : { result: ANY, fault: `in needs a list or a map after it, not ${describeType(second)}` };
    case "size":
      return checkSize(target ?? first);
    default:
      return target === undefined ? toConversion(name) : checkMethod(name, target, args);
  }
}

function misfit(sign: string, left: ValueType, right: ValueType): CallAnswer {
  const fault = `${sign} cannot be applied to ${describeType(left)} and ${describeType(right)}`;
  return { result: ANY, fault, hint: "string(x), int(x), double(x) and timestamp(x) convert" };
}

/** Whether values of two types can be equal at all. */
function comparable(left: ValueType, right: ValueType): boolean {
  if (isUnknown(left) || isUnknown(right)) return true;
  if (isNumeric(left) && isNumeric(right)) return true;
  return toShape(left) === toShape(right);
}

function toShape({ type }: ValueType): string {
  return type === "fields" ? "map" : type;
}

function ordered(left: ValueType, right: ValueType): boolean {
  if (isUnknown(left) || isUnknown(right)) {
    return [left, right].every(({ type }) => !["list", "map", "fields", "null"].includes(type));
  }
  if (isNumeric(left) && isNumeric(right)) return true;
  return left.type === right.type && !["list", "map", "fields"].includes(left.type);
}

function checkLogic(sign: string, args: readonly ValueType[]): CallAnswer {
  const wrong = args.find((arg) => !isUnknown(arg) && arg.type !== "bool");
  if (wrong === undefined) return { result: BOOL };
  return { result: BOOL, fault: `${sign} needs true or false, not ${describeType(wrong)}` };
}

const TIMES = ["timestamp", "duration"];

function checkSum(sign: string, left: ValueType, right: ValueType): CallAnswer {
  if (isUnknown(left) || isUnknown(right)) return { result: ANY };
  if (isNumeric(left) && isNumeric(right)) {
    return isMixed(left, right) ? misfit(sign, left, right) : { result: joinTypes(left, right) };
  }
  const isJoint = sign === "+" && ["text", "bytes", "list"].includes(left.type);
  if (isJoint && left.type === right.type) return { result: joinTypes(left, right) };
  if (TIMES.includes(left.type) && TIMES.includes(right.type)) return { result: ANY };
  return misfit(sign, left, right);
}

function checkProduct(sign: string, left: ValueType, right: ValueType): CallAnswer {
  const wrong = [left, right].some((type) => !isUnknown(type) && !isNumeric(type));
  if (wrong || isMixed(left, right)) return misfit(sign, left, right);
  return { result: isUnknown(left) || isUnknown(right) ? ANY : joinTypes(left, right) };
}

/** CEL compares ints with doubles, but does not calculate with both. */
function isMixed(left: ValueType, right: ValueType): boolean {
  return (
    (left.type === "int" && right.type === "double") ||
    (left.type === "double" && right.type === "int")
  );
}

function checkSize(of: ValueType): CallAnswer {
  const fits = isUnknown(of) || ["text", "bytes", "list", "map", "fields"].includes(of.type);
  return fits ? { result: INT } : { result: ANY, fault: `${describeType(of)} has no size` };
}

const TEXT_METHODS: ReadonlySet<string> = new Set([
  "contains",
  "startsWith",
  "endsWith",
  "matches",
]);

function checkMethod(name: string, target: ValueType, args: readonly ValueType[]): CallAnswer {
  if (!TEXT_METHODS.has(name)) return { result: /^get[A-Z]/.test(name) ? INT : ANY };
  const wrong = [target, ...args].find((type) => !isUnknown(type) && type.type !== "text");
  if (wrong === undefined) return { result: BOOL };
  const hint =
    wrong.type === "list" ? "'x' in list, or list.exists(item, ...)" : "string(x) converts";
  return { result: BOOL, fault: `${name} is for text, not for ${describeType(wrong)}`, hint };
}

function toConversion(name: string): CallAnswer {
  const results: Readonly<Record<string, ValueType>> = {
    string: TEXT,
    int: INT,
    double: DOUBLE,
    bool: BOOL,
    timestamp: TIMESTAMP,
    duration: { type: "duration" },
  };
  return { result: Object.hasOwn(results, name) ? (results[name] ?? ANY) : ANY };
}
