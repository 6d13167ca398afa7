import type { Frame } from '../module/frame.ts'
import type { Read } from '../module/read.ts'
import type { Step } from '../module/step.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { readWords, stepWords, type Words, wordsRead, wordsStep } from './wire/calls.ts'
import { frameEnd, frameHead, headNonce } from './wire/frame-splitter.ts'
import { prelude } from './wire/prelude.ts'
import { decodeCalls, encodeCall } from './wire/words.ts'

export { encodeReply } from './wire/encode-reply.ts'
export { FrameSplitter, transmission } from './wire/frame-splitter.ts'
export { FrameParser } from './wire/parse-reply.ts'

/**
 * A frame as one self-contained POSIX sh text:
 *
 *     { # vflag-play frame 1 NONCE        the shell reads all of it before it performs any of it
 *     ...functions...
 *     _begin
 *     _b file '/etc/os-release'           looks before
 *     _s attr '--' '/sys/...' '8'         steps, up to the first that fails
 *     _a attrs '/sys/...'                 looks after
 *     _end
 *     } </dev/null # vflag-play end NONCE
 *
 * The nonce is 32 random hexadecimal digits. No word may hold NUL: see {@link unsendable}.
 */
export function encodeFrame(frame: Frame, nonce: string): string {
  const calls = [
    ...frame.before.map((read) => ({ verb: '_b', ...readWords(read) })),
    ...frame.steps.map((step) => ({ verb: '_s', ...stepWords(step) })),
    ...frame.after.map((read) => ({ verb: '_a', ...readWords(read) })),
  ]
  const functions = prelude(
    nonce,
    calls.map((call) => call.verb),
    calls.map((call) => call.kind),
  )
  return `${frameHead(nonce)}${functions}${bodyBegin}${calls.map(encodeCall).join('')}${bodyEnd}${frameEnd(nonce)}`
}

/** Reads back what {@link encodeFrame} made; says what is wrong with any other text. */
export function decodeFrame(text: string): Result<{ readonly frame: Frame; readonly nonce: string }, string> {
  const nonce = headNonce(text)
  if (nonce === null) return err('the text does not begin as a frame does')
  const begin = text.indexOf(bodyBegin)
  const end = `${bodyEnd}${frameEnd(nonce)}`
  if (begin < 0 || !text.endsWith(end)) return err('the frame is not whole')
  const calls = decodeCalls(text.slice(begin + bodyBegin.length, -end.length))
  if (!calls.ok) return calls
  const before: Read[] = []
  const steps: Step[] = []
  const after: Read[] = []
  for (const call of calls.value) {
    const wrong =
      call.verb === '_b'
        ? collect(before, wordsRead, call)
        : call.verb === '_a'
          ? collect(after, wordsRead, call)
          : call.verb === '_s'
            ? collect(steps, wordsStep, call)
            : `"${call.verb}" is no verb of a frame`
    if (wrong !== null) return err(wrong)
  }
  return ok({ frame: { before, steps, after }, nonce })
}

/** Why a frame cannot be sent at all, or null: no argument of a program and no path can hold a NUL byte. */
export function unsendable(frame: Frame): string | null {
  const all = [...frame.before.map(readWords), ...frame.steps.map(stepWords), ...frame.after.map(readWords)]
  const bad = all.find(({ words }) => words.some((word) => word.includes('\0')))
  return bad ? `An argument of "${bad.kind}" holds a NUL byte, but paths and arguments must be without` : null
}

const bodyBegin = '\n_begin\n'
const bodyEnd = '_end'

function collect<T>(list: T[], decode: (words: Words) => Result<T, string>, words: Words): string | null {
  const decoded = decode(words)
  if (!decoded.ok) return decoded.error
  list.push(decoded.value)
  return null
}
