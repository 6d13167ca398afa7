import fc from 'fast-check'
import type { Frame } from '../../src/module/frame.ts'
import type { Read } from '../../src/module/read.ts'
import type { Step } from '../../src/module/step.ts'

/** Any text that a path or an argument can hold: everything but NUL. */
export const words: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom("'", '\\', '\n', ' ', '$', '`', '"', '-', '--', '=', '_end\n', 'a', 'ā') }),
  )
  .map((text) => text.replaceAll('\0', ''))

const env = fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/), words, { maxKeys: 3 })

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

const owned = { mode: optional(fc.constantFrom('0644', '0700')), owner: optional(words), group: optional(words) }

const execution = {
  stdin: optional(fc.string({ unit: 'binary' })),
  env: optional(env),
  cwd: optional(words),
  timeout: optional(fc.integer({ min: 1, max: 999 })),
  ok: optional(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 })),
}

const argv = fc.array(words, { minLength: 1, maxLength: 4 })
const globs = fc.array(words, { maxLength: 3 })

/** Any read. */
export const reads: fc.Arbitrary<Read> = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), path: words }),
  fc.record({ kind: fc.constantFrom('attrs' as const, 'links' as const, 'list' as const), globs }),
  fc.record({ kind: fc.constant('stat' as const), path: words, follow: fc.boolean(), checksum: fc.boolean() }),
  fc.record({ kind: fc.constant('command' as const), argv }),
)

/** Any step. */
export const steps = fc
  .oneof(
    fc.record({
      kind: fc.constant('write' as const),
      path: words,
      content: fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()),
      backup: optional(words),
      ...owned,
    }),
    fc.record({ kind: fc.constant('attr' as const), path: words, value: words }),
    fc.record({ kind: fc.constant('remove' as const), path: words, recursive: fc.boolean() }),
    fc.record({ kind: fc.constant('mkdir' as const), path: words, ...owned }),
    fc.record({ kind: fc.constant('link' as const), path: words, target: words }),
    fc.record({ kind: fc.constant('mode' as const), path: words, recursive: fc.boolean(), ...owned }),
    fc.record({ kind: fc.constant('move' as const), from: words, to: words }),
    fc.record({ kind: fc.constant('run' as const), argv, ...execution }),
    fc.record({ kind: fc.constant('shell' as const), text: words, shell: optional(words), ...execution }),
    fc.record({ kind: fc.constant('detach' as const), argv }),
    fc.record({ kind: fc.constant('reboot' as const), message: words }),
  )
  .map((step) => defined(step) as Step)

/** Any frame. */
export const frames: fc.Arbitrary<Frame> = fc.record({
  before: fc.array(reads, { maxLength: 4 }),
  steps: fc.array(steps, { maxLength: 4 }),
  after: fc.array(reads, { maxLength: 3 }),
})

/** Any nonce. */
export const nonces: fc.Arbitrary<string> = fc.stringMatching(/^[0-9a-f]{32}$/)
