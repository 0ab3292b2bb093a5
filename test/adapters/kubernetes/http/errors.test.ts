import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toApiError } from "../../../../adapters/kubernetes/http/errors.ts";

/** Answers of kube-apiserver 1.36.3, shortened only at "...". */
const ANSWERS = {
  alreadyExists: {
    reason: "AlreadyExists",
    message: 'jobs.batch "m1" already exists',
    details: { name: "m1", group: "batch", kind: "jobs" },
  },
  terminating: {
    reason: "AlreadyExists",
    message: 'object is being deleted: configmaps "fin" already exists',
  },
  deleteWrongUid: {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on Job.batch "m1": the UID in the precondition (aaa) does not match the UID in record (269a5343-00e2-4b14-b110-da1363720950). The object might have been deleted and then recreated',
  },
  deleteWrongVersion: {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on Job.batch "m1": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (210). The object might have been modified',
  },
  putWrongUid: {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on jobs.batch "m1": StorageError: invalid object, Code: 4, Key: /registry/jobs/default/m1, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: aaa, UID in object meta: 269a5343-00e2-4b14-b110-da1363720950',
  },
  conflict: {
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on jobs.batch "m1": the object has been modified; please apply your changes to the latest version and try again',
  },
  patchWrongUid: {
    reason: "Invalid",
    message:
      'Job.batch "m1" is invalid: [metadata.uid: Invalid value: "aaa": field is immutable, ...]',
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message: 'Invalid value: "aaa": field is immutable',
          field: "metadata.uid",
        },
        {
          reason: "FieldValueInvalid",
          message: "`selector` not auto-generated",
          field: "spec.selector",
        },
      ],
    },
  },
  immutable: {
    reason: "Invalid",
    message: `Job.batch "m1" is invalid: spec.template: Invalid value: {"Password":"secret",${"x".repeat(5000)}}: field is immutable`,
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message: `Invalid value: {"Env":${"[".repeat(200)}"Password":"secret",${"x".repeat(5000)}}: field is immutable`,
          field: "spec.template",
        },
      ],
    },
  },
  unknownInCreate: {
    reason: "BadRequest",
    message:
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.minReadySecond", unknown field "spec.foo"',
  },
  unknownInPatch: {
    reason: "Invalid",
    message: ' "" is invalid: patch: Invalid value: "{...}": strict decoding error: ...',
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message:
            'Invalid value: "{\\"spec\\":{\\"sice\\":5}}": strict decoding error: unknown field "spec.sice", unknown field "spec.template.metadata.annotations"',
          field: "patch",
        },
      ],
    },
  },
  wrongType: {
    reason: "Invalid",
    message: ' "" is invalid: patch: Invalid value: "{...}": json: cannot unmarshal string ...',
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message:
            'Invalid value: "{\\"a\\":\\": strict decoding error: unknown field \\\\\\"spec.a\\\\\\"\\"}": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
          field: "patch",
        },
      ],
    },
  },
  wholeSpecReplaced: {
    reason: "Invalid",
    message: 'Deployment.apps "web" is invalid: [...]',
    details: {
      causes: [
        { reason: "FieldValueRequired", message: "Required value", field: "spec.selector" },
        {
          reason: "FieldValueInvalid",
          message: "Invalid value: null: field is immutable",
          field: "spec.selector",
        },
      ],
    },
  },
  ownerWithoutVersion: {
    reason: "Invalid",
    message:
      'Job.batch "m1" is invalid: metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
    details: {
      causes: [
        {
          reason: "FieldValueInvalid",
          message: 'Invalid value: "": version must not be empty',
          field: "metadata.ownerReferences.apiVersion",
        },
      ],
    },
  },
  tooLargeVersion: {
    reason: "Timeout",
    message: "Timeout: Too large resource version: 99999999, current: 210",
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  },
  noRight: {
    reason: "Forbidden",
    message:
      'jobs.batch is forbidden: User "system:serviceaccount:kubemend:kubemend-remediate" cannot create resource "jobs" in API group "batch" in the namespace "data"',
  },
  quota: {
    reason: "Forbidden",
    message:
      'jobs.batch "report-1" is forbidden: exceeded quota: jobs, requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1',
  },
  newQuota: {
    reason: "Forbidden",
    message: 'jobs.batch "report-1" is forbidden: status unknown for quota: jobs, resources: ...',
  },
  policy: {
    reason: "Forbidden",
    message:
      "jobs.batch \"report-1\" is forbidden: ValidatingAdmissionPolicy 'no-hand-made-jobs' with binding 'no-hand-made-jobs' denied request: Jobs here come from schedules only (policy OPS-12)",
  },
  webhook: {
    reason: "Forbidden",
    message: 'admission webhook "away.example.com" denied the request: not on Fridays',
  },
  noFinalizers: {
    reason: "Forbidden",
    message:
      'jobs.batch "report-1" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>',
  },
  starting: {
    reason: "Forbidden",
    message: 'jobs.batch "report-1" is forbidden: not yet ready to handle request',
  },
  terminatingNamespace: {
    reason: "Forbidden",
    message:
      'jobs.batch "report-1" is forbidden: unable to create new content in namespace data because it is being terminated',
  },
  webhookAway: {
    reason: "InternalError",
    message:
      'Internal error occurred: failed calling webhook "away.example.com": failed to call webhook: Post "https://127.0.0.1:9/validate?timeout=2s": dial tcp 127.0.0.1:9: connect: connection refused',
  },
  tooLarge: { message: "etcdserver: request is too large" },
  tooLargeForGrpc: {
    message:
      "rpc error: code = ResourceExhausted desc = trying to send message larger than max (2168541 vs. 2097152)",
  },
};

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
    [404, "NotFound", false],
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
