/** The folders of the root whose paths a document may name. */
const ROOTS = "events|core|adapters|relay|functions|sandbox|infra|cli|test|docs|\\.ci";
const URL = /\bhttps?:\/\/\S+/gu;
const PATH = new RegExp(`(?<![\\w./-])(?:${ROOTS})/[\\w./,{}*-]*[\\w}*/]`, "gu");
const LINK = /\]\((?!https?:|#)([^)#\s]+)/gu;
const FILE_NAME = /`([\w.-]+\.(?:ts|mjs|ya?ml|json|md))`/gu;

/** Paths from the root that a text names, with `{a,b}` written out. Addresses of web pages are left out. */
export function findNamedPaths(text: string): readonly string[] {
  const found = text.replaceAll(URL, "").match(PATH) ?? [];
  return [...new Set(found.flatMap(expandBraces))];
}

/** The targets of links to files, as written: they are relative to the document. */
export function findLinks(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(LINK), ([, target = ""]) => target))];
}

/** Names of files without a folder, such as `main.ts`, in backticks. */
export function findFileNames(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(FILE_NAME), ([, name = ""]) => name))];
}

function expandBraces(path: string): readonly string[] {
  const [whole, inner] = /\{([^{}]*)\}/u.exec(path) ?? [];
  if (whole === undefined || inner === undefined) return [path];
  return inner.split(",").flatMap((part) => expandBraces(path.replace(whole, part)));
}
