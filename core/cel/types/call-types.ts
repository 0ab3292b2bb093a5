import { FUNCTION_GROUPS } from "./function-reference.ts";
import { fits, parseSignature, toResult, type Found, type Signature } from "./signature.ts";
import {
  ANY,
  BOOL,
  describeType,
  isNumeric,
  isUnknown,
  joinTypes,
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

/** The type that a call gives, and what is wrong with its types whatever the values are. */
export function checkCall(name: string, types: CallTypes): CallAnswer {
  if (types.target !== undefined) return checkFunction(name, types);
  const [first = ANY, second = ANY, third = ANY] = types.args;
  switch (name) {
    case "==":
    case "!=":
      return comparable(first, second)
        ? { result: BOOL }
        : { ...misfit(name, first, second), hint: "they are never equal" };
    case "<":
    case "<=":
    case ">":
    case ">=":
      return ordered(first, second) ? { result: BOOL } : misfit(name, first, second);
    case "&&":
    case "||":
    case "!_":
      return checkLogic(name.replace("_", ""), types.args);
    case "?:":
      return checkChoice(first, second, third);
    case "+":
    case "-":
      return checkSum(name, first, second);
    case "*":
    case "/":
    case "%":
      return checkProduct(name, first, second);
    case "-_":
      return isUnknown(first) || isNumeric(first)
        ? { result: first }
        : { result: ANY, fault: `- cannot be applied to ${describeType(first)}` };
    case "in":
      return isUnknown(second) || ["list", "map", "fields"].includes(second.type)
        ? { result: BOOL }
        : { result: ANY, fault: `in needs a list or a map after it, not ${describeType(second)}` };
    default:
      return checkFunction(name, types);
  }
}

function misfit(sign: string, left: ValueType, right: ValueType): CallAnswer {
  const fault = `${sign} cannot be applied to ${describeType(left)} and ${describeType(right)}`;
  return { result: ANY, fault, hint: CONVERSIONS };
}

const CONVERSIONS = "string(x), int(x), double(x) and timestamp(x) convert";

/** Whether values of two types can be equal at all. */
function comparable(left: ValueType, right: ValueType): boolean {
  if (isUnknown(left) || isUnknown(right)) return true;
  if (isNumber(left) && isNumber(right)) return true;
  return toShape(left) === toShape(right);
}

function isNumber(type: ValueType): boolean {
  return isNumeric(type) || type.type === "uint";
}

function toShape({ type }: ValueType): string {
  return type === "fields" ? "map" : type;
}

const UNORDERED = new Set(
  "list map fields optional quantity semver ip cidr url format type null".split(" "),
);

function ordered(left: ValueType, right: ValueType): boolean {
  if ([left, right].some(({ type }) => UNORDERED.has(type))) return false;
  if (isUnknown(left) || isUnknown(right)) return true;
  return (isNumber(left) && isNumber(right)) || left.type === right.type;
}

function checkLogic(sign: string, args: readonly ValueType[]): CallAnswer {
  const wrong = args.find((arg) => !isUnknown(arg) && arg.type !== "bool");
  if (wrong === undefined) return { result: BOOL };
  return { result: BOOL, fault: `${sign} needs true or false, not ${describeType(wrong)}` };
}

function checkChoice(condition: ValueType, then: ValueType, otherwise: ValueType): CallAnswer {
  if (!isUnknown(condition) && condition.type !== "bool") {
    const fault = `the condition before ? is ${describeType(condition)}, not true or false`;
    return { result: ANY, fault };
  }
  if (comparable(then, otherwise)) return { result: joinTypes(then, otherwise) };
  const fault = `the values around : are ${describeType(then)} and ${describeType(otherwise)}`;
  return { result: ANY, fault, hint: "dyn(x) makes them fit" };
}

const TIMES = new Set(["timestamp", "duration"]);

function checkSum(sign: string, left: ValueType, right: ValueType): CallAnswer {
  if (isUnknown(left) || isUnknown(right)) return { result: toKnown(left, right) };
  if (isNumber(left) && isNumber(right)) return checkNumbers(sign, left, right);
  const isJoint = sign === "+" && ["text", "bytes", "list"].includes(left.type);
  if (isJoint && left.type === right.type) return { result: joinTypes(left, right) };
  if (TIMES.has(left.type) && TIMES.has(right.type)) return { result: ANY };
  return misfit(sign, left, right);
}

function checkProduct(sign: string, left: ValueType, right: ValueType): CallAnswer {
  const wrong = [left, right].some((type) => !isUnknown(type) && !isNumber(type));
  if (wrong) return misfit(sign, left, right);
  if (isUnknown(left) || isUnknown(right)) return { result: toKnown(left, right) };
  return checkNumbers(sign, left, right);
}

/** The type of an operator's result if that of one side is known: most operators need the same type on both. */
function toKnown(left: ValueType, right: ValueType): ValueType {
  const known = isUnknown(left) ? right : left;
  return isNumber(known) || known.type === "text" || known.type === "bytes" ? known : ANY;
}

/**
 * CEL compares numbers of different types, but does not calculate with them. A `number` of a schema is calculated as a double, even
 * if it is whole; so it is not divided by an int, which would drop the rest of some values and refuse others.
 */
function checkNumbers(sign: string, left: ValueType, right: ValueType): CallAnswer {
  if (left.type === right.type) return { result: left };
  const types = new Set([left.type, right.type]);
  if (types.has("number") && types.has("double")) return { result: { type: "double" } };
  if (types.has("number") && types.has("int")) {
    const fault = `${sign} cannot be applied to ${describeType(left)} and ${describeType(right)}`;
    return { result: ANY, fault, hint: "a number may have a fraction: write 2.0, or double(x)" };
  }
  return misfit(sign, left, right);
}

type Declared = { readonly name: string; readonly signature: Signature };

const DECLARED: readonly Declared[] = FUNCTION_GROUPS.flatMap(({ functions }) =>
  functions.flatMap(({ name, signatures }) =>
    signatures.map((text) => ({ name, signature: parseSignature(text, name) })),
  ),
);

function checkFunction(name: string, { target, args }: CallTypes): CallAnswer {
  const isMethod = target !== undefined;
  const types = isMethod ? [target, ...args] : args;
  const overloads = DECLARED.filter(
    ({ name: one, signature }) =>
      one === name &&
      signature.isMethod === isMethod &&
      signature.parameters.length === types.length,
  );
  // The compiler reports what does not exist.
  if (overloads.length === 0) return { result: ANY };
  const results = overloads.flatMap(({ signature }) => {
    const found: Found = new Map();
    const isFit = signature.parameters.every((pattern, index) =>
      fits(types[index] ?? ANY, pattern, found),
    );
    return isFit ? [toResult(signature.result, found)] : [];
  });
  const [first] = results;
  if (first === undefined) return explainMisfit(name, types, overloads);
  return { result: results.reduce(joinTypes, first) };
}

/** Which argument fits no overload, and what it should be. */
function explainMisfit(
  name: string,
  types: readonly ValueType[],
  overloads: readonly Declared[],
): CallAnswer {
  const index = types.findIndex((type, at) =>
    overloads.every(({ signature: { parameters } }) => {
      const pattern = parameters[at];
      return pattern !== undefined && !fits(type, pattern, new Map());
    }),
  );
  const wrong = types[index];
  if (wrong === undefined) {
    const fault = `${name} cannot be applied to ${types.map((type) => describeType(type)).join(", ")}`;
    return { result: ANY, fault };
  }
  const right = overloads.flatMap(({ signature: { parameters } }) => {
    const pattern = parameters[index];
    return pattern === undefined ? [] : [describeType(toResult(pattern, new Map()))];
  });
  const fault = `${name} is for ${[...new Set(right)].join(" or ")}, not for ${describeType(wrong)}`;
  const isSearch = name === "contains" && wrong.type === "list";
  return {
    result: ANY,
    fault,
    hint: isSearch ? "'x' in list, or list.exists(item, ...)" : CONVERSIONS,
  };
}
