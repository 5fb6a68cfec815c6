// Where the chain is kept between runs: one compressed file and the one before it. A file is written under another name, flushed and
// renamed, so that a crash at any instant leaves a whole one; should it be broken all the same, the one before is taken.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export class StateStore {
  constructor(folder) {
    this.current = join(folder, 'anvil-state.json.gz');
    this.previous = join(folder, 'anvil-state.previous.json.gz');
  }

  /** Saves what anvil_dumpState answered: the hex of gzipped JSON. */
  save(dump) {
    const file = openSync(`${this.current}.new`, 'w', 0o600);
    writeSync(file, Buffer.from(dump.slice(2), 'hex'));
    fsyncSync(file);
    closeSync(file);
    if (existsSync(this.current)) renameSync(this.current, this.previous);
    renameSync(`${this.current}.new`, this.current);
    const folder = openSync(dirname(this.current), 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  /** Unpacks the newest whole state to `target` for anvil to load, and returns whether there was one. Throws when all are broken. */
  unpack(target) {
    const problems = [];
    for (const file of [this.current, this.previous].filter(existsSync)) {
      try {
        const json = gunzipSync(readFileSync(file));
        if (!Array.isArray(JSON.parse(json).blocks)) throw new Error('holds no blocks');
        writeFileSync(target, json);
        return true;
      } catch (error) {
        problems.push(`${file}: ${error.message}`);
      }
    }
    if (problems.length > 0) throw new Error(`the saved chain cannot be read:\n${problems.join('\n')}`);
    return false;
  }
}
