import type { HeldText, Receiver } from "../../../core/receivers/receiver.ts";

/** Where the APIs of these services are, if the file says nothing else. */
const OWN_HOSTS: ReadonlySet<string> = new Set([
  "slack.com",
  "events.pagerduty.com",
  "events.eu.pagerduty.com",
]);

/** What becomes of the credentials of a receiver: which text is sent to which host. Begins with a comma; empty if it has none. */
export function describeCredentials(receiver: Receiver): string {
  switch (receiver.type) {
    case "slackBot":
      return `, ${describeSent("token", receiver.token, receiver.api)}`;
    case "pagerduty":
      return `, ${describeSent("routing key", receiver.routingKey, receiver.api)}`;
    case "slackWebhook":
    case "teams":
      return `, to the address in ${describeHeld(receiver.webhook)}`;
    case "webhook": {
      const { url, signingKey } = receiver;
      const address = typeof url === "string" ? "" : `, to the address in ${describeHeld(url)}`;
      const signed =
        signingKey === undefined
          ? ", not signed"
          : `, signed with ${describeHeld(signingKey)}, which is not sent`;
      return `${address}${signed}`;
    }
    case "sns":
    case "eventBridge":
      return "";
  }
}

function describeSent(what: string, held: HeldText, api: string): string {
  const { host } = new URL(api);
  const other = OWN_HOSTS.has(host)
    ? ""
    : ` (NOTE: that is the api of the file, and not the service itself)`;
  return `sends the ${what} in ${describeHeld(held)} to ${host}${other}`;
}

function describeHeld(held: HeldText): string {
  switch (held.type) {
    case "secret":
      return `the secret ${held.id}`;
    case "parameter":
      return `the parameter ${held.name}`;
    case "env":
      return `the variable ${held.variable}`;
  }
}
