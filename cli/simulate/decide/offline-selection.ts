import { KubemendError } from "../../../core/errors.ts";
import {
  findFieldSelectorFault,
  supportedFieldsOf,
} from "../../../core/pipeline/check/parameters/field-selectors.ts";
import { findLabelSelectorFault } from "../../../core/pipeline/check/parameters/selector-faults.ts";

/**
 * Throws the error of an API server that refuses to list by these selectors: the form of one, or a field by which it does not select. A
 * selector that comes from an expression is known only here.
 */
export function refuseSelectors(
  resource: string,
  selectors: {
    readonly labelSelector?: string | undefined;
    readonly fieldSelector?: string | undefined;
  },
): void {
  const { labelSelector, fieldSelector } = selectors;
  const fault =
    (labelSelector === undefined ? undefined : findLabelSelectorFault(labelSelector)) ??
    findFieldSelectorFault({ resource, fieldSelector }, supportedFieldsOf(resource));
  if (fault === undefined) return;
  const message = `the API server would refuse to list ${resource}: ${fault.message} (${fault.hint})`;
  throw new KubemendError("Invalid", message, { retryable: false });
}
