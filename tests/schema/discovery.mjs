// Judges a discovery message for Home Assistant: discovery.mjs FILE. Status 1 and why when it is not as it must be.
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
const validate = ajv.compile(read(new URL("home-assistant.json", import.meta.url)));
if (!validate(read(process.argv[2]))) {
  console.log(ajv.errorsText(validate.errors, { separator: "\n" }));
  process.exitCode = 1;
}
