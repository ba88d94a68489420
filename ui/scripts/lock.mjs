// Writes package-lock.json so that it names no host: versions and checksums only. `npm ci` needs no more.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

execFileSync("npm", ["install", "--package-lock-only"], { stdio: "inherit" });
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.resolved;
  delete entry.funding;
}
// An optional part of vite that only Windows uses and not every registry has: `npm ci` wants it named all the same.
const absent = "napi-windows-process-start-time";
lock.packages[`node_modules/${absent}`] ??= { version: "0.1.0", dev: true, optional: true, os: ["win32"] };
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
