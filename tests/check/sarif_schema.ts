/**
 * What SARIF 2.1.0 demands of the parts that our reports use, as a JSON Schema of our own, section by section of the
 * OASIS standard. Stricter than the standard in one way: a property that we do not use is an error here.
 */

type Schema = Readonly<Record<string, unknown>>;

function object(required: readonly string[], properties: Readonly<Record<string, Schema>>): Schema {
  return { type: "object", required, properties, additionalProperties: false };
}

function list(items: Schema, more: Schema = {}): Schema {
  return { type: "array", items, ...more };
}

const text: Schema = { type: "string", minLength: 1 };
const bag: Schema = { type: "object" };
/** 3.58.6 and 3.27.10. */
const level: Schema = { enum: ["none", "note", "warning", "error"] };
/** 3.11 and 3.12: at least a text. */
const message = object(["text"], { text });
/** 3.30: lines and columns count from 1. */
const region = object(["startLine"], {
  startLine: { type: "integer", minimum: 1 },
  startColumn: { type: "integer", minimum: 1 },
});
/** 3.4: a URI reference (RFC 3986), without spaces and brackets. */
const artifactLocation = object(["uri"], {
  uri: { type: "string", pattern: "^(file:///[A-Za-z]:/)?([A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})+$" },
});
const physicalLocation = object(["artifactLocation"], { artifactLocation, region });
/** 3.28. */
const location = object(["physicalLocation"], { physicalLocation, message });
/** 3.49: the id is what results refer to. */
const reportingDescriptor = object(["id"], {
  id: text,
  shortDescription: message,
  help: message,
  defaultConfiguration: object([], { level }),
  properties: bag,
});
/** 3.27: only the message is demanded, but a result of ours has its rule and its place. */
const result = object(["ruleId", "ruleIndex", "level", "message", "locations"], {
  ruleId: text,
  ruleIndex: { type: "integer", minimum: 0 },
  level,
  message,
  locations: list(location, { minItems: 1 }),
  relatedLocations: list(location, { uniqueItems: true }),
  properties: bag,
});
/** 3.20: whether the run worked must be said. */
const invocation = object(["executionSuccessful"], {
  executionSuccessful: { type: "boolean" },
  toolExecutionNotifications: list(object(["message"], { message, level, locations: list(location) })),
});
const run = object(["tool", "results"], {
  // 3.17: what tells the runs of one tool apart.
  automationDetails: object(["id"], { id: text }),
  tool: object(["driver"], {
    driver: object(["name"], { name: text, rules: list(reportingDescriptor, { uniqueItems: true }) }),
  }),
  columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
  invocations: list(invocation),
  results: list(result),
});

/** 3.13: one log. */
export const SARIF_LOG: Schema = object(["version", "runs"], {
  $schema: { type: "string", pattern: "^https://[^ ]+$" },
  version: { const: "2.1.0" },
  runs: list(run),
});
