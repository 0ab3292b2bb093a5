/** A function, as it is documented and as its types are checked. */
export type FunctionDoc = {
  /** `charAt`, `sets.contains`. */
  readonly name: string;
  /** `string.charAt(int): string` for a method, `size(list<T>): int` for a function. */
  readonly signatures: readonly string[];
  /** Its result. */
  readonly summary: string;
  /** An expression that is true. */
  readonly example: string;
};

export type FunctionGroup = { readonly title: string; readonly functions: readonly FunctionDoc[] };

export function describe(
  name: string,
  signatures: string | readonly string[],
  summary: string,
  example: string,
): FunctionDoc {
  return {
    name,
    signatures: typeof signatures === "string" ? [signatures] : signatures,
    summary,
    example,
  };
}
