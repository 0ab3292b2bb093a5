/**
 * Why an expression, or a part of it, has no value. It is passed on like a value, because `&&`, `||`, `all` and `exists` may have an
 * answer all the same. With a `path` it says that a field, an item or a variable does not exist.
 */
export class Failure {
  readonly message: string;
  readonly path: string | undefined;

  constructor(message: string, path?: string) {
    this.message = message;
    this.path = path;
  }
}

export function toAbsence(path: string): Failure {
  return new Failure("it does not exist", path);
}

/** Of two failures a missing field comes first, because the answer might differ if the field existed; else the first one. */
export function preferAbsence(first: Failure, second: Failure): Failure {
  return first.path === undefined && second.path !== undefined ? second : first;
}
