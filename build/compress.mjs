// usage: node compress.mjs FILE...    writes FILE.br, as small as Brotli makes it, for each
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const files = process.argv.slice(2);
const compress = promisify(brotliCompress);
let nDone = 0;
await Promise.all(files.map(async (file) => {
  const content = readFileSync(file);
  const params = {
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  writeFileSync(`${file}.br`, await compress(content, { params }));
  nDone += 1;
  console.log(`[${nDone}/${files.length}] ${file}`);
}));
