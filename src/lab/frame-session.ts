import { decodeFrame, encodeReply, FrameSplitter } from '../host/wire.ts'
import type { Frame, FrameResult } from '../module/frame.ts'
import type { Input } from './input.ts'

/** What a shell that reads from stdin needs of its machine. */
export interface FrameSessionOptions {
  readonly input: Input
  /** Performs a frame; null when the connection died under it and no reply is to be sent. */
  perform(frame: Frame): Promise<FrameResult | null>
  /** Runs text that is no frame, and gives the exit status. */
  runText(text: string): Promise<number>
  /** Resolves when the bytes have gone out, or nobody takes them any more. */
  stdout(bytes: Uint8Array): Promise<void>
  stderr(bytes: Uint8Array): void
}

/**
 * Serves a shell that reads from stdin: frames are decoded and performed one after the other, without interpreting any
 * shell; anything else is a script that somebody piped in, and runs when all of it is there. Gives the exit status.
 */
export function serveStdinShell(options: FrameSessionOptions): Promise<number> {
  const { input } = options
  return new Promise((resolve, reject) => {
    const splitter = new FrameSplitter()
    const seen: Uint8Array[] = []
    let framed = false
    let work = Promise.resolve()
    const then = (next: () => Promise<void>) => {
      work = work.then(next)
      work.catch(reject)
    }
    input.flow(
      (bytes) => {
        const frames = splitter.foreign ? [] : splitter.push(bytes)
        framed ||= frames.length > 0
        if (!framed) seen.push(bytes)
        for (const text of frames) then(() => answer(text, options))
      },
      () =>
        then(async () => {
          const script = framed ? '' : Buffer.concat(seen).toString('utf8')
          resolve(script.trim() === '' ? 0 : await options.runText(script))
        }),
    )
  })
}

async function answer(text: string, options: FrameSessionOptions): Promise<void> {
  const decoded = decodeFrame(text)
  if (!decoded.ok) {
    options.stderr(Buffer.from(`lab: the frame cannot be performed: ${decoded.error}\n`))
    return
  }
  const { frame, nonce } = decoded.value
  const result = await options.perform(frame)
  if (!result) return
  const reply = encodeReply(frame, nonce, result)
  // One after the other: where both wait for the client's window, ssh2 goes on with stdout alone and stderr never ends.
  await options.stdout(reply.stdout)
  options.stderr(reply.stderr)
}
