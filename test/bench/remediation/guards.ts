export type GuardsName = "off" | "on" | "defaults" | "wide";

/** The guards of the rules in a bench. */
export const GUARDS: Readonly<Record<GuardsName, object>> = {
  off: {
    cooldown: "off",
    maxInFlight: "off",
    maxPerHour: "off",
    breaker: "off",
    stormBrake: "off",
  },
  // The defaults, without the two that exist to stop a rule which does as much as a bench does.
  on: { maxPerHour: "off", stormBrake: "off" },
  defaults: {},
  // Each of 500 remediations may start at once.
  wide: { maxInFlight: 500, maxPerHour: "off", stormBrake: "off" },
};
