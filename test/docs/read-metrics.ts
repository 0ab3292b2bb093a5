import { parseSync, Visitor, type Argument, type Expression } from "oxc-parser";

const PROM_CLIENT = new Set(["Counter", "Gauge", "Histogram", "Summary"]);

/** Names of the prom-client metrics that a source file registers: `new Counter({ name: "..." })`. */
export function readRegisteredMetrics(path: string, text: string): readonly string[] {
  const names: string[] = [];
  new Visitor({
    NewExpression: ({ callee, arguments: [options] }) => {
      if (callee.type !== "Identifier" || !PROM_CLIENT.has(callee.name)) return;
      names.push(readName(path, options));
    },
  }).visit(parse(path, text));
  return names;
}

function readName(path: string, options: Argument | undefined): string {
  const fields = options?.type === "ObjectExpression" ? options.properties : [];
  for (const field of fields) {
    if (field.type !== "Property" || field.key.type !== "Identifier") continue;
    if (field.key.name === "name") return toText(path, field.value);
  }
  throw new Error(`${path}: a metric is registered without a literal name`);
}

/**
 * Names of the CloudWatch metrics that a source file counts: the first argument of `count(...)` and `telemetry.count(...)`.
 * It may be a literal, or a lookup in an object of literals of the same file.
 */
export function readCountedMetrics(path: string, text: string): readonly string[] {
  const program = parse(path, text);
  const tables = new Map<string, readonly string[]>();
  const names: string[] = [];
  const lookups: string[] = [];
  new Visitor({
    VariableDeclarator: ({ id, init }) => {
      if (id.type === "Identifier" && init) tables.set(id.name, readTable(init));
    },
    CallExpression: ({ callee, arguments: [name] }) => {
      if (!isCount(callee) || name === undefined) return;
      if (name.type === "Literal") names.push(toText(path, name));
      else if (name.type === "MemberExpression" && name.object.type === "Identifier") {
        lookups.push(name.object.name);
      } else if (name.type !== "Identifier") {
        throw new Error(`${path}: the name of a metric is neither a literal nor a lookup`);
      }
    },
  }).visit(program);
  return [...names, ...lookups.flatMap((table) => tables.get(table) ?? [])];
}

function isCount(callee: Expression): boolean {
  if (callee.type === "Identifier") return callee.name === "count";
  return (
    callee.type === "MemberExpression" &&
    callee.property.type === "Identifier" &&
    callee.property.name === "count"
  );
}

function readTable(init: Expression): readonly string[] {
  const object = init.type === "TSAsExpression" ? init.expression : init;
  if (object.type !== "ObjectExpression") return [];
  return object.properties.flatMap((field) =>
    field.type === "Property" && field.value.type === "Literal" ? [String(field.value.value)] : [],
  );
}

function toText(path: string, node: Expression): string {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  throw new Error(`${path}: expected a literal text`);
}

function parse(path: string, text: string) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  return program;
}
