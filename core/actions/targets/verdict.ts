/** Whether an object is a target of a fan-out. A refusal says why nothing is done to it; its message follows the name of the object. */
export type Verdict =
  | { readonly outcome: "target" }
  /** `isUnjudged`: a field that its condition needs is missing. */
  | { readonly outcome: "none"; readonly isUnjudged?: true }
  | { readonly outcome: "refused"; readonly code: string; readonly message: string };
