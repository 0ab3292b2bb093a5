/** What field errors of the API server say before the value that they quote. */
const COMPLAINT = /\b(Invalid value|Unsupported value|Duplicate value|Not found): /g;
/** The most frequent reason, which comes with the longest values. */
const IMMUTABLE = ": field is immutable";
/** A number, true, false or null. */
const WORD = /[\w.+-]+/y;

/**
 * A message of the API server without the values that it quotes: it is written to records, logs, Events and alerts, and a value may
 * be one that must not leave the cluster. `Invalid value: "x": must not be y` becomes `Invalid value (not shown): must not be y`; an
 * empty value stays. Text that cannot be distinguished from the value is removed with it. Linear; never throws.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/util/validation/field/errors.go
 */
export function withoutValues(message: string): string {
  let text = "";
  let from = 0;
  for (const match of message.matchAll(COMPLAINT)) {
    if (match.index < from) continue;
    const begin = match.index + match[0].length;
    const end = findEnd(message, begin);
    const isEmpty = end !== undefined && message.slice(begin, end) === '""';
    text += message.slice(from, isEmpty ? end : begin - 2) + (isEmpty ? "" : " (not shown)");
    if (end === undefined) return message.endsWith(IMMUTABLE) ? text + IMMUTABLE : text;
    from = end;
  }
  return text + message.slice(from);
}

/** Where the value ends; undefined if that cannot be determined. */
function findEnd(text: string, begin: number): number | undefined {
  const first = text.charAt(begin);
  const end =
    first === '"'
      ? skipText(text, begin)
      : "{[".includes(first)
        ? skipTree(text, begin)
        : skipWord(text, begin);
  if (end === undefined || end === text.length) return end;
  return /^(?:: |[,\])])/.test(text.slice(end, end + 2)) ? end : undefined;
}

function skipWord(text: string, begin: number): number | undefined {
  WORD.lastIndex = begin;
  return WORD.test(text) ? WORD.lastIndex : undefined;
}

/** Go quotes as JSON does: a quote inside has a backslash before it. */
function skipText(text: string, begin: number): number | undefined {
  for (let at = begin + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}

function skipTree(text: string, begin: number): number | undefined {
  let depth = 0;
  for (let at = begin; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '"') {
      const end = skipText(text, at);
      if (end === undefined) return undefined;
      at = end - 1;
    } else if ("{[".includes(sign)) depth += 1;
    else if ("}]".includes(sign)) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** The answer to a server-side apply with a value of a wrong type, up to that value: `.data.a: expected string`. */
export function withoutGot(message: string): string {
  return message.replace(/(: expected [\w/ ]+), got [^]*$/, "$1");
}
