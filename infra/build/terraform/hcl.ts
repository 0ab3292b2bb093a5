/** An expression of HCL as it is written. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A key of an object that is computed. */
export type Entry = readonly [key: string | Raw, value: Value];

/** An object of HCL; its keys may be computed, which a plain object's cannot. */
export class Fields {
  readonly entries: readonly Entry[];

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }
}

export type Value = Raw | Fields | string | number | boolean | null | readonly Value[];

/** The inside of a block: attributes and blocks in their order. */
export type Body = readonly (Attribute | Block)[];
export type Attribute = { readonly name: string; readonly value: Value };
export type Block = {
  readonly block: string;
  readonly labels?: readonly string[];
  readonly body: Body;
};

const WIDTH_MAX = 100;

/** Renders blocks as `terraform fmt` formats them. */
export function renderFile(blocks: readonly Block[]): string {
  return blocks.map((block) => `${renderBlock(block, "")}\n`).join("\n");
}

function renderBlock({ block, labels = [], body }: Block, indent: string): string {
  const head = [block, ...labels.map((label) => JSON.stringify(label))].join(" ");
  if (body.length === 0) return `${indent}${head} {}`;
  return `${indent}${head} {\n${renderBody(body, `${indent}  `)}\n${indent}}`;
}

function renderBody(body: Body, indent: string): string {
  const items = body.map((item) =>
    "block" in item
      ? { text: renderBlock(item, indent), isBlock: true }
      : { name: item.name, text: renderValue(item.value, indent), isBlock: false },
  );
  const lines: string[] = [];
  for (const [index, item] of items.entries()) {
    // A blank line around each block.
    if (index > 0 && (item.isBlock || items[index - 1]?.isBlock === true)) lines.push("");
    if (item.isBlock) lines.push(item.text);
    else lines.push(`${indent}${pad(items, index)} = ${item.text}`);
  }
  return lines.join("\n");
}

type Line = { readonly name?: string; readonly text: string };

/** The name, as wide as those of the lines around it: lines that follow each other have their equals signs aligned. */
function pad(items: readonly Line[], index: number): string {
  const isAligned = (at: number): boolean => {
    const item = items[at];
    return item?.name !== undefined && !item.text.includes("\n");
  };
  const name = items[index]?.name ?? "";
  if (!isAligned(index)) return name;
  let [first, last] = [index, index];
  while (isAligned(first - 1)) first -= 1;
  while (isAligned(last + 1)) last += 1;
  const width = Math.max(...items.slice(first, last + 1).map((item) => item.name?.length ?? 0));
  return name.padEnd(width);
}

/** An expression. Lists and objects that do not fit into a line have a line for each item. */
export function renderValue(value: Value, indent: string): string {
  if (value instanceof Raw) return value.text;
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Fields) return renderFields(value, indent);
  return renderList(value, indent);
}

function renderList(list: readonly Value[], indent: string): string {
  const inner = `${indent}  `;
  const items = list.map((item) => renderValue(item, inner));
  const line = `[${items.join(", ")}]`;
  if (!line.includes("\n") && indent.length + line.length <= WIDTH_MAX) return line;
  return `[\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}]`;
}

function renderFields({ entries }: Fields, indent: string): string {
  if (entries.length === 0) return "{}";
  const inner = `${indent}  `;
  const items = entries.map(([key, value]) => ({
    name: renderKey(key),
    text: renderValue(value, inner),
  }));
  const lines = items.map((item, index) => `${inner}${pad(items, index)} = ${item.text}\n`);
  return `{\n${lines.join("")}${indent}}`;
}

function renderKey(key: string | Raw): string {
  if (key instanceof Raw) return `(${key.text})`;
  return /^[A-Za-z_][\w-]*$/.test(key) ? key : quote(key);
}

/** A text in quotes, in which nothing is interpolated. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll("${", "$${").replaceAll("%{", "%%{");
}
