import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = process.env.TALKINGFACE_SHARED ?? fileURLToPath(new URL('../../shared', import.meta.url));

/**
 * The folder of reference data: recorded outputs of the reference networks (`parity/`) and real clips (`media/`).
 * Undefined where it is absent; what needs it is skipped then.
 */
export const sharedDir: string | undefined = existsSync(folder) ? folder : undefined;

if (!sharedDir && process.env.TALKINGFACE_REQUIRE_SHARED)
  throw new Error(`The reference data folder is not at ${folder}; put it there or name it in TALKINGFACE_SHARED.`);
