import { describe, expect, it } from "vitest";
import { toApiError } from "../../../../adapters/kubernetes/http/errors.ts";

describe("a server-side apply that does not fit the schema", () => {
  const apply = (message: string) =>
    toApiError(
      500,
      {
        message: `failed to create typed patch object (default/d; apps/v1, Kind=Deployment): ${message}`,
      },
      "PATCH /apis/apps/v1/namespaces/default/deployments/d",
    );

  it("names the fields that the object lacks, and is not tried again", () => {
    const error = apply(
      'errors:\n  .spec.template.spec.containers[name="x"].nope: field not declared in schema\n  .spec.bad: field not declared in schema',
    );
    expect(error).toMatchObject({
      code: "UnknownField",
      retryable: false,
      fields: ['spec.template.spec.containers[name="x"].nope', "spec.bad"],
    });
  });

  it("shows the place of a value of a wrong type, and not the value", () => {
    const error = apply(
      '.data.a: expected string, got &value.valueUnstructured{Value:"secret\n .x: field not declared in schema"}',
    );
    expect(error).toMatchObject({ code: "Invalid", retryable: false, fields: [] });
    expect(error.message).toContain(".data.a: expected string");
    expect(error.message).not.toContain("secret");
  });

  it("is not tried again if a list has an entry twice", () => {
    const error = apply('.spec.template.spec.containers[name="x"].env: duplicate entries');
    expect(error).toMatchObject({ code: "Invalid", retryable: false });
  });
});
