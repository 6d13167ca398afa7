import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Compiles the program before the tests of the command line, so that they never run an old build. */
export function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: 'inherit',
  })
}
