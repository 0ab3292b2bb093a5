import { expect, it } from "vitest";
import { toApiError } from "../../../adapters/kubernetes/http/errors.ts";
import { toRefusal } from "../../../core/move/sentences.ts";
import { ANSWERS } from "../../adapters/kubernetes/http/api-answers.ts";

const ABOUT = "PATCH /apis/batch/v1/namespaces/data/jobs/report-1";

it.each([
  { answer: "quota", status: 403, way: "raise the quota in that namespace" },
  { answer: "policy", status: 422, way: "change the policy or the object that it refuses" },
  { answer: "webhook", status: 403, way: "change the policy or the object that it refuses" },
  { answer: "webhookAway", status: 500, way: "have the webhook answer that the reason names" },
  { answer: "terminatingNamespace", status: 403, way: "somebody has deleted the namespace" },
  { answer: "noFinalizers", status: 403, way: "grant update of the subresource finalizers" },
  { answer: "tooLarge", status: 500, way: "make the object smaller in the source" },
  { answer: "tooLargeForGrpc", status: 500, way: "make the object smaller in the source" },
] as const)(
  "the way out of a refusal ($answer) removes what is refused",
  ({ answer, status, way }) => {
    const error = toApiError(status, { kind: "Status", ...ANSWERS[answer] }, ABOUT);
    const { wayOut } = toRefusal("m", error, { step: "create in the target" });
    expect(wayOut.startsWith(way)).toBe(true);
    expect(wayOut).toContain("kubemend move --resume m");
  },
);

it("the way out of a right that is missing is to grant it", () => {
  const message = 'jobs.batch "report-1" is forbidden: User "eve" cannot patch resource "jobs"';
  const error = toApiError(403, { kind: "Status", reason: "Forbidden", message }, ABOUT);
  expect(toRefusal("m", error, { step: "delete in the source" }).wayOut).toMatch(
    /^grant the right;/,
  );
});

it("the way out of an object that would grant more than the user may is the verb that allows it", () => {
  const message =
    'roles.rbac.authorization.k8s.io "a" is forbidden: user "eve" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""]}';
  const error = toApiError(403, { kind: "Status", reason: "Forbidden", message }, ABOUT);
  expect(toRefusal("m", error, { step: "create in the target" }).wayOut).toMatch(
    /^grant the verb escalate/,
  );
});
