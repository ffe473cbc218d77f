// usage: node exports.mjs MODULE.wasm    prints the names a side module may link against, one a line
import { readFileSync } from 'node:fs';

const main = new WebAssembly.Module(readFileSync(process.argv[2]));
const names = [...WebAssembly.Module.exports(main), ...WebAssembly.Module.imports(main)].map(({ name }) => name);
process.stdout.write([...new Set(names)].sort().join('\n') + '\n');
