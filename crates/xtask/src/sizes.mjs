// Prints the files below a folder with their sizes in bytes, as JSON: raw, and compressed as a server would.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const top = process.argv.at(-1);
const files = readdirSync(top, { recursive: true }).map((name) => join(top, name));
const rows = files.filter((path) => statSync(path).isFile()).sort().map((path) => {
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return {
    name: relative(top, path),
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  };
});
console.log(JSON.stringify(rows));
