// Writes src/api/schema.d.ts from the service's OpenAPI document, which comes on standard input.
// With --print it goes to standard output instead.
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import openapiTS, { astToString } from "openapi-typescript";

const target = new URL("../src/api/schema.d.ts", import.meta.url);
const document = JSON.parse(await text(process.stdin));
const banner = "// Written by `make api` from the service's OpenAPI document. Do not edit.\n\n";
const types = banner + astToString(await openapiTS(document, { emptyObjectsUnknown: true }));
if (process.argv.includes("--print")) process.stdout.write(types);
else writeFileSync(target, types);
