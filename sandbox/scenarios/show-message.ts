import type { AlertMessage } from "../../events/alert.ts";
import type { ScenarioContext } from "./scenario.ts";

/** Waits until the sandbox's own Slack has the message of an alert, and shows it as it would look. Nothing if its receiver is another one. */
export async function showMessage(
  context: ScenarioContext,
  { alertId, to }: AlertMessage["data"],
): Promise<void> {
  const { slack } = context;
  if (slack?.receivers.has(to) !== true) return;
  const message = await context.step(`Slack has it, as ${to} sees it`, async () =>
    slack.messages().find(({ blocks }) => JSON.stringify(blocks).includes(alertId)),
  );
  context.show(message);
}
