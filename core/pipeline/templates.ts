const TEMPLATE = /\{\{-?\s*(?<go>[^{}]*?)\s*-?\}\}|\$\{(?<shell>[^{}]*)\}|\$\((?<make>[^()]*)\)/g;

/** Whether a text has places of a template, as other tools write them: `{{ .metadata.name }}`, `${metadata.name}`, `$(metadata.name)`. */
export function hasTemplate(text: string): boolean {
  return text.search(TEMPLATE) !== -1;
}

/** The text as a CEL expression, in which each place of the template is a field. */
export function toConcatenation(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const match of text.matchAll(TEMPLATE)) {
    if (match.index > at) parts.push(toLiteral(text.slice(at, match.index)));
    parts.push(toField(match.groups));
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(toLiteral(text.slice(at)));
  return parts.join(" + ");
}

/** The text with a field in each place of the template. */
export function toFields(text: string): string {
  return text.replaceAll(TEMPLATE, (...match) =>
    toField(match.at(-1) as Readonly<Record<string, string | undefined>>),
  );
}

/** A text as a CEL literal. */
export function toLiteral(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}

function toField(groups: Readonly<Record<string, string | undefined>> = {}): string {
  const inner = (groups["go"] ?? groups["shell"] ?? groups["make"] ?? "").trim();
  const bare = inner.replace(/^(?:print|toString|string)\s+/, "").replace(/^\$?\.?/, "");
  return /^(?:object|change|cluster|references|now)\b/.test(bare) ? bare : `object.${bare}`;
}

/** An expression as a value in YAML. */
export function toYamlValue(expression: string): string {
  const text = expression.trim();
  if (text.includes("\n")) return JSON.stringify(text);
  return /["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : `"${text}"`;
}
