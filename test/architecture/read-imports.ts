import { parseSync, Visitor } from "oxc-parser";

/**
 * Every module that a source file names: static imports and exports, dynamic imports, and types (`import type`, and
 * `import("./x.ts").X`). Throws when the text cannot be parsed.
 */
export function readImports(path: string, text: string): readonly string[] {
  const { module, program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const names = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  new Visitor({
    ImportExpression: ({ source }) => {
      if (source.type === "Literal" && typeof source.value === "string") names.push(source.value);
    },
    TSImportType: ({ source }) => {
      names.push(source.value);
    },
  }).visit(program);
  return [...new Set(names)];
}
