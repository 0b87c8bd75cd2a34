// Judges captured messages: captured.mjs FILE, a line each: {"topic": …, "message": …}. Prints what it saw as JSON;
// status 1 when a message is not as its schema wants it.
import { readFileSync } from "node:fs";
import { complaint, leafOf, load } from "./schemas.mjs";

const catalogue = load();
const { event, reason, credential_class: classes } = catalogue.schemas.get("definitions.json").$defs;
const leaves = {};
const seen = { event: new Set(), reason: new Set(), credential_class: new Set() };
const complaints = [];

for (const line of readFileSync(process.argv[2], "utf8").trimEnd().split("\n")) {
  const { topic, message } = JSON.parse(line);
  const leaf = leafOf(topic);
  leaves[leaf] = (leaves[leaf] ?? 0) + 1;
  const why = complaint(catalogue, leaf, message);
  if (why) complaints.push(why);
  for (const { data } of leaf === "entry" ? [message].flat() : [])
    for (const key of Object.keys(seen)) if (data?.[key]) seen[key].add(data[key]);
}
const known = { event: event.enum, reason: reason.enum, credential_class: classes.enum };
const listed = Object.fromEntries(Object.entries(seen).map(([key, set]) => [key, [...set].sort()]));
console.log(JSON.stringify({ leaves, complaints, seen: listed, unseen: Object.fromEntries(Object.entries(known)
  .map(([key, all]) => [key, all.filter((name) => !seen[key].has(name))])) }));
process.exitCode = complaints.length > 0 ? 1 : 0;
