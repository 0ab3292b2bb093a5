import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toApiError } from "../../../../adapters/kubernetes/http/errors.ts";
import { ANSWERS } from "./api-answers.ts";

describe("toApiError", () => {
  it.each([
    "Forbidden: field is immutable when `immutable` is set",
    'Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"b"}: cannot change roleRef',
    "Forbidden: may not be changed in an update.",
    "Forbidden: updates to parameters are forbidden.",
    "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals' and 'minReadySeconds' are forbidden",
  ])("knows that a field can never be changed: %s", (message) => {
    const details = { causes: [{ reason: "FieldValueForbidden", message, field: "spec" }] };
    const answer = { reason: "Invalid", message: "it is invalid", details };
    expect(toApiError(422, answer, "PATCH /x").code).toBe("Immutable");
  });

  it.each([
    ["alreadyExists", 409, "AlreadyExists", false],
    ["terminating", 409, "AlreadyExists", false],
    ["deleteWrongUid", 409, "PreconditionFailed", false],
    ["deleteWrongVersion", 409, "PreconditionFailed", false],
    ["putWrongUid", 409, "PreconditionFailed", false],
    ["conflict", 409, "Conflict", false],
    ["patchWrongUid", 422, "PreconditionFailed", false],
    ["immutable", 422, "Immutable", false],
    ["wholeSpecReplaced", 422, "Invalid", false],
    ["unknownInCreate", 400, "UnknownField", false],
    ["unknownInPatch", 422, "UnknownField", false],
    ["wrongType", 422, "Invalid", false],
    ["ownerWithoutVersion", 422, "Invalid", false],
    ["tooLargeVersion", 504, "Timeout", true],
    ["noRight", 403, "Forbidden", false],
    ["quota", 403, "QuotaExceeded", true],
    ["newQuota", 403, "QuotaExceeded", true],
    ["policy", 403, "AdmissionDenied", false],
    ["webhook", 403, "AdmissionDenied", false],
    ["noFinalizers", 403, "Forbidden", false],
    ["starting", 403, "Unavailable", true],
    ["terminatingNamespace", 403, "AdmissionDenied", false],
    ["webhookAway", 500, "Unavailable", true],
    ["tooLarge", 500, "Invalid", false],
    ["tooLargeForGrpc", 500, "Invalid", false],
  ] as const)("converts %s (%d) to %s", (name, status, code, retryable) => {
    const error = toApiError(status, ANSWERS[name], "POST /jobs");
    expect([error.code, error.retryable, error.status]).toEqual([code, retryable, status]);
  });

  it.each([
    [400, "Invalid", false],
    [401, "Unauthorized", false],
    [403, "Forbidden", false],
    [404, "Unavailable", true],
    [406, "NotAcceptable", false],
    [410, "Expired", false],
    [414, "Invalid", false],
    [415, "Invalid", false],
    [429, "TooManyRequests", true],
    [431, "Invalid", false],
    [500, "Unavailable", true],
    [503, "Unavailable", true],
    [302, "Unavailable", true],
    [599, "Unavailable", true],
  ] as const)("converts a bare %d to %s", (status, code, retryable) => {
    const error = toApiError(status, undefined, "GET /x");
    expect([error.code, error.retryable]).toEqual([code, retryable]);
  });

  it("has the token by which an expired list continues, if the server gives one", () => {
    const body = { reason: "Expired", metadata: { continue: "next" } };
    expect(toApiError(410, body, "GET /x").continueToken).toBe("next");
    expect(toApiError(410, { metadata: { continue: "" } }, "GET /x").continueToken).toBe(undefined);
  });

  it("names the fields that the object does not have, and no value that was sent", () => {
    const created = toApiError(400, ANSWERS.unknownInCreate, "POST /deployments");
    expect(created.fields).toEqual(["spec.minReadySecond", "spec.foo"]);
    expect(created.message).toContain("the object has no field spec.minReadySecond, spec.foo");
    const patched = toApiError(422, ANSWERS.unknownInPatch, "PATCH /widgets/w1");
    expect(patched.fields).toEqual(["spec.sice", "spec.template.metadata.annotations"]);
    expect(patched.message).not.toContain("5");
  });

  it("advises to grant a permission only if one is missing, and shows what a policy says", () => {
    const advice = /grant this identity/;
    expect(toApiError(403, ANSWERS.noRight, "POST /jobs").message).toMatch(advice);
    for (const name of ["quota", "policy", "webhook", "terminatingNamespace"] as const) {
      expect(toApiError(403, ANSWERS[name], "POST /jobs").message).not.toMatch(advice);
    }
    const { message } = toApiError(403, ANSWERS.policy, "POST /jobs");
    expect(message).toContain("Jobs here come from schedules only (policy OPS-12)");
  });

  it("names the request, and the cause's field and message", () => {
    const error = toApiError(422, ANSWERS.ownerWithoutVersion, "POST /apis/batch/v1/jobs");
    expect(error.message).toBe(
      'POST /apis/batch/v1/jobs: the API server answered 422 Invalid: metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
    );
  });

  it("removes values, and keeps the reason at their end", () => {
    const { message, brief } = toApiError(422, ANSWERS.immutable, "PATCH /x");
    expect(message).toContain("spec.template: Invalid value");
    expect(brief).toBe("PATCH /x: the API server answered 422 Invalid");
    expect(message).toContain("field is immutable");
    expect(message).not.toContain("secret");
    expect(message.length).toBeLessThan(600);
  });

  it("takes the retry delay from the body, else from the header, within limits", () => {
    expect(toApiError(504, ANSWERS.tooLargeVersion, "x", "7").retryAfterMs).toBe(1000);
    expect(toApiError(429, "slow down", "x", "7").retryAfterMs).toBe(7000);
    expect(toApiError(429, "slow down", "x", "999999").retryAfterMs).toBe(900_000);
    expect(toApiError(429, "slow down", "x", "Wed, 21 Oct 2026").retryAfterMs).toBeUndefined();
    expect(toApiError(429, "slow down", "x").retryAfterMs).toBeUndefined();
  });

  it("shows a body that is not JSON", () => {
    expect(toApiError(404, "404 page not found\n", "GET /apis/none").message).toBe(
      "GET /apis/none: the API server answered 404: 404 page not found",
    );
  });

  it.each([
    ["no object of that name", { kind: "Status", reason: "NotFound", details: { name: "x" } }, "x"],
    ["no such resource", { kind: "Status", reason: "NotFound", details: {} }, undefined],
    ["no such path", "404 page not found\n", undefined],
  ])("takes an API server's answer for NotFound: %s", (_what, body, missing) => {
    expect(toApiError(404, body, "GET /x")).toMatchObject({ code: "NotFound", missing });
  });

  it.each(["default backend - 404", "<html>404 Not Found</html>", "", { message: "no Route" }])(
    "takes a 404 that no API server answers for an outage: %o",
    (body) => {
      const error = toApiError(404, body, "GET /x");
      expect([error.code, error.retryable]).toEqual(["Unavailable", true]);
    },
  );

  it("accepts any body", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), fc.jsonValue(), (status, body) => {
        const error = toApiError(status, body, "GET /x");
        expect(error.message).toMatch(/^GET \/x: the API server answered/);
        expect(error.message.length).toBeLessThan(2000);
      }),
    );
  });
});
