import { KubemendError, type ErrorCode } from "../../../core/errors.ts";
import { RECORD_GROUP } from "../../../events/remediation.ts";
import { findUndeclaredFields, findUnknownFields, isUntyped } from "./unknown-fields.ts";
import { withoutGot, withoutValues } from "./without-values.ts";
import { readField, readOwn } from "../../../core/json/read-json.ts";

type Cause = { readonly field: string; readonly message: string; readonly reason: string };

type Status = {
  readonly reason: string;
  readonly message: string;
  /** Name of the object in question. */
  readonly name: string | undefined;
  /** API group of the object in question. */
  readonly group: string;
  readonly causes: readonly Cause[];
  readonly retryAfterSeconds: number | undefined;
};

/** Upper limit for the delay that a server asks for. */
const RETRY_AFTER_MAX_MS = 15 * 60_000;
/** Messages reach records, logs and alerts: values are removed, and what is still longer is shortened. */
const DETAIL_MAX_LENGTH = 400;
const CAUSES_SHOWN = 3;

const HINTS: Partial<Record<ErrorCode, string>> = {
  Unauthorized: "check the token or the client certificate of the kubeconfig",
  Forbidden: "grant this identity the permission, or remove the rule",
  QuotaExceeded: "it becomes possible when the namespace's quota has room",
  PreconditionFailed: "the object was replaced, or has changed since it was read",
  Immutable: "the field cannot be changed on an existing object: delete and create it again",
};

/** Whatever status they come with. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["QuotaExceeded", "Unavailable"]);

/**
 * Converts an answer that is not 2xx into a KubemendError, by status and cause. Accepts any body, including HTML or none.
 * 429, 5xx and every unknown status are temporary, and a quota that is full; the rest is terminal. One status may be one of several
 * failures:
 * - 403: QuotaExceeded and AdmissionDenied if admission refused the object; otherwise Forbidden, a missing permission.
 * - 500: Invalid if etcd or the API server's own connection to it refuses the request as too large, or if a server-side apply does not fit
 *   the schema (UnknownField, if it has a field that the object lacks).
 * - 409: AlreadyExists by reason; PreconditionFailed if a precondition (uid or resourceVersion) is named; otherwise Conflict.
 * - 400 and 422: UnknownField, with the names of the fields, if a write with `fieldValidation=Strict` has a field that the object lacks.
 * - 404: Unavailable if no API server gives such an answer, so that a proxy between says nothing about objects.
 * - 422: PreconditionFailed if a cause names metadata.uid; Immutable; otherwise Invalid. The message shows the cause's field and
 *   message, never the value.
 *
 * @param about method and path of the request: `POST /apis/batch/v1/namespaces/default/jobs`.
 * @param retryAfter the Retry-After header, in seconds.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export function toApiError(
  httpStatus: number,
  body: unknown,
  about: string,
  retryAfter?: string,
): KubemendError {
  const status = readStatus(body);
  const fields = readUnknownFields(httpStatus, status);
  if (fields.length > 0) return toUnknownFields(fields, httpStatus, about);
  const isOfProxy = httpStatus === 404 && !isOfApiServer(body);
  const code = isOfProxy ? "Unavailable" : toCode(httpStatus, status, about);
  const hint = HINTS[code];
  const answered = [`${httpStatus}`, status.reason].filter((part) => part !== "").join(" ");
  const brief = `${about}: the API server answered ${answered}`;
  const message = `${brief}: ${toDetail(status)}${hint === undefined ? "" : ` (${hint})`}`;
  return new KubemendError(code, message, {
    brief,
    retryable: RETRYABLE.has(code) || (code !== "Invalid" && isTemporary(httpStatus)),
    status: httpStatus,
    missing: code === "NotFound" && status.reason === "NotFound" ? status.name : undefined,
    continueToken: text(readField(body, "metadata", "continue")) || undefined,
    retryAfterMs: toRetryAfterMs(status.retryAfterSeconds ?? Number(retryAfter ?? Number.NaN)),
  });
}

/** Without the values that were sent, which could contain the same text. */
function readUnknownFields(httpStatus: number, { message, causes }: Status): readonly string[] {
  if (httpStatus === 500) return findUndeclaredFields(message);
  if (httpStatus !== 400 && httpStatus !== 422) return [];
  const texts = causes.length === 0 ? [message] : causes.map((cause) => cause.message);
  return texts.flatMap((text) => findUnknownFields(withoutValues(text)));
}

/** Names of fields are none of the values that are removed from messages, so there is no `brief`. */
function toUnknownFields(
  fields: readonly string[],
  httpStatus: number,
  about: string,
): KubemendError {
  const shown = fields.slice(0, CAUSES_SHOWN).map(shorten).join(", ");
  const rest = fields.length - CAUSES_SHOWN;
  const named = `${shown}${rest > 0 ? `, and ${rest} more` : ""}`;
  const message = `${about}: the API server has stored nothing, because the object has no field ${named} (kubectl explain shows the fields that it has)`;
  return new KubemendError("UnknownField", message, {
    retryable: false,
    status: httpStatus,
    fields,
  });
}

function toCode(httpStatus: number, status: Status, about: string): ErrorCode {
  switch (httpStatus) {
    case 400:
    case 405:
    case 413:
    case 414:
    case 415:
    case 431:
      return "Invalid";
    case 401:
      return "Unauthorized";
    case 403:
      return toForbiddenCode(status, about);
    case 404:
      return "NotFound";
    case 406:
      return "NotAcceptable";
    case 409:
      return toConflictCode(status);
    case 410:
      return "Expired";
    case 422:
      return toInvalidCode(status);
    case 429:
      return "TooManyRequests";
    case 408:
    case 504:
      return "Timeout";
    case 500:
      return TOO_LARGE.test(status.message) || isUntyped(status.message)
        ? "Invalid"
        : "Unavailable";
    default:
      return "Unavailable";
  }
}

/** Whether an API server gives such an answer with 404: a Status, or the text about a path that it does not serve at all. */
export function isOfApiServer(body: unknown): boolean {
  if (typeof body === "string") return body.trim() === "404 page not found";
  return readOwn(body, "kind") === "Status" || readOwn(body, "reason") === "NotFound";
}

/** https://github.com/etcd-io/etcd/blob/main/api/v3rpc/rpctypes/error.go, and gRPC's limit of a message. */
const TOO_LARGE = /request is too large|trying to send message larger than max/;
/** https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go */
const QUOTA = /is forbidden: (exceeded quota:|status unknown for quota:)/;
/** Authorization names the user who may not; whatever else forbids an object is a policy. */
const ADMISSION =
  /is forbidden: (?!User |cannot set blockOwnerDeletion )|\bdenied (the )?request\b/;

/** An admission plugin of an API server that has just started. */
const NOT_READY = /not yet ready to handle request/;

/** Admission sees writes only: a read that is refused lacks a permission, whatever the words. */
function toForbiddenCode({ message }: Status, about: string): ErrorCode {
  if (NOT_READY.test(message)) return "Unavailable";
  if (about.startsWith("GET ")) return "Forbidden";
  if (QUOTA.test(message)) return "QuotaExceeded";
  return ADMISSION.test(message) ? "AdmissionDenied" : "Forbidden";
}

function toConflictCode(status: Status): ErrorCode {
  if (status.reason === "AlreadyExists") return "AlreadyExists";
  // A delete says "in the precondition", an update "Precondition failed"; neither has a cause.
  return /precondition/i.test(status.message) ? "PreconditionFailed" : "Conflict";
}

function toInvalidCode(status: Status): ErrorCode {
  if (status.causes.some((cause) => cause.field === "metadata.uid")) return "PreconditionFailed";
  // If there are other complaints, the object as it was sent would not be valid as a new one, either.
  const { causes, message } = status;
  const complaints = causes.length === 0 ? [message] : causes.map((cause) => cause.message);
  return complaints.every(isAboutImmutable) ? "Immutable" : "Invalid";
}

/**
 * The sentences by which API servers say that a field can never be changed. The one about PersistentVolumeClaims is left out: a claim that
 * is deleted and created again has lost its data.
 */
const IMMUTABLE =
  /field is immutable(?: when `immutable` is set)?$|cannot change roleRef$|^(?:Forbidden: )?(?:may not be changed in an update\.|updates to .+ are forbidden\.?)$/;

function isAboutImmutable(complaint: string): boolean {
  return IMMUTABLE.test(complaint.trimEnd());
}

function isTemporary(httpStatus: number): boolean {
  return httpStatus < 400 || httpStatus >= 500 || httpStatus === 408 || httpStatus === 429;
}

function toRetryAfterMs(seconds: number): number | undefined {
  if (!Number.isFinite(seconds) || seconds <= 0) return undefined;
  return Math.min(seconds * 1000, RETRY_AFTER_MAX_MS);
}

function toDetail(status: Status): string {
  // Our own records contain nothing to hide, and their validation rules put the explanation where the value would be.
  const cut = status.group === RECORD_GROUP ? (message: string) => message : withoutValues;
  if (status.causes.length === 0) return shorten(withoutGot(cut(status.message)));
  const lines = [...new Set(status.causes.map((cause) => toCauseLine(cause, cut)))];
  const rest = lines.length - CAUSES_SHOWN;
  return lines.slice(0, CAUSES_SHOWN).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

function toCauseLine(cause: Cause, cut: (message: string) => string): string {
  const text = shorten(cut(cause.message === "" ? cause.reason : cause.message));
  return cause.field === "" ? text : `${cause.field}: ${text}`;
}

/** Keeps the beginning, which names the problem, and the end, which gives its reason. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "no message";
  if (line.length <= DETAIL_MAX_LENGTH) return line;
  return `${line.slice(0, 60)} … ${line.slice(-160)}`;
}

function readStatus(body: unknown): Status {
  if (typeof body === "string") return { ...EMPTY_STATUS, message: body };
  const details = readOwn(body, "details");
  const causes = readOwn(details, "causes");
  const seconds = readOwn(details, "retryAfterSeconds");
  return {
    reason: text(readOwn(body, "reason")),
    message: text(readOwn(body, "message")),
    name: text(readOwn(details, "name")) || undefined,
    group: text(readOwn(details, "group")),
    causes: Array.isArray(causes) ? causes.map(readCause) : [],
    retryAfterSeconds: typeof seconds === "number" ? seconds : undefined,
  };
}

const EMPTY_STATUS: Status = {
  reason: "",
  message: "",
  name: undefined,
  group: "",
  causes: [],
  retryAfterSeconds: undefined,
};

function readCause(cause: unknown): Cause {
  return {
    field: text(readOwn(cause, "field")),
    message: text(readOwn(cause, "message")),
    reason: text(readOwn(cause, "reason")),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
