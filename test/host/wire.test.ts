import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outputLimit } from '../../src/host/wire/marks.ts'
import {
  decodeFrame,
  encodeFrame,
  encodeReply,
  FrameParser,
  FrameSplitter,
  transmission,
  unsendable,
} from '../../src/host/wire.ts'
import type { Frame, FrameResult } from '../../src/module/frame.ts'
import { attrs, command, file, links, list, type Read, stat } from '../../src/module/read.ts'
import type { Reading } from '../../src/module/reading.ts'
import { attr, run, type Step, type StepResult, write } from '../../src/module/step.ts'
import { frames, nonces } from '../support/frames.ts'

const nonce = '0123456789abcdef0123456789abcdef'

describe('a frame as text', () => {
  it('decodes to what was encoded', () => {
    fc.assert(
      fc.property(frames, nonces, (frame, any) => {
        expect(decodeFrame(encodeFrame(frame, any))).toEqual({ ok: true, value: { frame, nonce: any } })
      }),
    )
  })

  it('is found in any cutting of the stream', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(frames, nonces), { maxLength: 4 }),
        fc.integer({ min: 1, max: 4000 }),
        (list, size) => {
          const texts = list.map(([frame, any]) => encodeFrame(frame, any))
          const bytes = Buffer.from(texts.join(''))
          const splitter = new FrameSplitter()
          const found: string[] = []
          for (let at = 0; at < bytes.length; at += size) found.push(...splitter.push(bytes.subarray(at, at + size)))
          expect(found).toEqual(texts)
          expect(splitter.foreign).toBe(false)
        },
      ),
    )
  })

  it('is found behind the line that makes bash take a large one at once', () => {
    const large = encodeFrame({ before: [], steps: [write('/a', 'x'.repeat(20_000))], after: [] }, nonce)
    const small = encodeFrame({ before: [file('/b')], steps: [], after: [] }, nonce)
    expect(transmission(small)).toBe(small)
    const sent = Buffer.from(transmission(large) + transmission(small))
    expect(sent.subarray(0, 80).toString()).toMatch(
      /^if \[ "\$BASH_VERSION" \]; then eval "\$\(head -c \d+\)"; fi\n\{ #/,
    )
    for (const size of [1, 30, 64, 1000, 100_000]) {
      const splitter = new FrameSplitter()
      const found: string[] = []
      for (let at = 0; at < sent.length; at += size) found.push(...splitter.push(sent.subarray(at, at + size)))
      expect([found, splitter.foreign]).toEqual([[large, small], false])
    }
  })

  it.each(['ls\n', '{ echo hi; }\n', 'l', 'if true\n', `${'x'.repeat(100)}\n`])(
    'is told from what people type: %j',
    (text) => {
      const splitter = new FrameSplitter()
      expect(splitter.push(Buffer.from(text))).toEqual([])
      expect(splitter.foreign).toBe(true)
    },
  )

  it.each([
    ['nothing', ''],
    ['other text', 'echo hi\n'],
    ['half a frame', encodeFrame({ before: [file('/a')], steps: [], after: [] }, nonce).slice(0, -1)],
    [
      'an unknown call',
      encodeFrame({ before: [file('/a')], steps: [], after: [] }, nonce).replace('_b file', '_b fine'),
    ],
  ])('is refused when it is %s', (_what, text) => {
    expect(decodeFrame(text)).toEqual({ ok: false, error: expect.any(String) })
  })

  it('cannot be sent with a NUL in a path, an argument or a variable', () => {
    const frame = (before: readonly Read[], steps: readonly Step[]): Frame => ({ before, steps, after: [] })
    expect([
      unsendable(frame([file('/a\0b')], [])),
      unsendable(frame([command('a', 'b')], [run(['x'], { env: { A: '\0' } })])),
      unsendable(frame([], [write('/a', 'a\0b'), run(['x'], { stdin: '\0' })])),
    ]).toEqual([
      'An argument of "file" holds a NUL byte, but paths and arguments must be without',
      'An argument of "run" holds a NUL byte, but paths and arguments must be without',
      null,
    ])
  })
})

/** Parses a reply that arrives in pieces of `size` bytes. */
function parse(frame: Frame, reply: { stdout: Uint8Array; stderr: Uint8Array }, size = 7): FrameParser {
  const parser = new FrameParser(frame, nonce)
  for (let at = 0; at < reply.stdout.length; at += size) parser.pushStdout(reply.stdout.subarray(at, at + size))
  for (let at = 0; at < reply.stderr.length; at += size) parser.pushStderr(reply.stderr.subarray(at, at + size))
  return parser
}

const wholeStat = {
  kind: 'stat' as const,
  path: '/s',
  state: 'present' as const,
  mode: '0644',
  owner: 'root',
  group: 'domain users',
  uid: 0,
  gid: 5,
  size: 12,
  mtime: 1700000000,
  inode: 99,
  links: 1,
  target: null,
  checksum: null,
}

const readings: readonly (readonly [Read, Reading])[] = [
  [file('/f'), { kind: 'file', path: '/f', state: 'absent' }],
  [file('/f'), { kind: 'file', path: '/f', state: 'error', reason: 'Permission denied' }],
  [file('/f'), { kind: 'file', path: '/f', state: 'error', reason: 'odd: reason\nin two lines' }],
  [
    file('/f'),
    {
      kind: 'file',
      path: '/f',
      state: 'present',
      type: 'file',
      bytes: new Uint8Array([0, 255, 10, 0]),
      mode: '4755',
      owner: 'a',
      group: 'b',
    },
  ],
  [
    file('/d'),
    {
      kind: 'file',
      path: '/d',
      state: 'present',
      type: 'directory',
      bytes: new Uint8Array(),
      mode: '0755',
      owner: 'a',
      group: 'b',
    },
  ],
  [
    attrs('/sys/*'),
    {
      kind: 'attrs',
      values: new Map([
        ['/sys/a', { ok: true, value: '1' }],
        ['/sys/b b\n', { ok: true, value: '' }],
        ['/sys/c', { ok: false, reason: 'Invalid argument' }],
        ['/sys/d', { ok: true, value: 'two\nlines\n' }],
        ['/sys/e', { ok: true, value: '=!' }],
      ]),
    },
  ],
  [attrs('/none/*'), { kind: 'attrs', values: new Map() }],
  [
    links('/l/*'),
    {
      kind: 'links',
      targets: new Map([
        ['/l/a', '../x y'],
        ['/l/b\n', 'n\nn'],
      ]),
    },
  ],
  [list('/l/*'), { kind: 'list', paths: ['/l/a', '/l/b\nc'] }],
  [list('/none'), { kind: 'list', paths: [] }],
  [stat('/s'), { kind: 'stat', path: '/s', state: 'absent' }],
  [stat('/s'), { kind: 'stat', path: '/s', state: 'error', reason: 'Permission denied' }],
  [stat('/s', { checksum: true }), { ...wholeStat, type: 'file', checksum: 'a'.repeat(40) }],
  [stat('/s'), { ...wholeStat, type: 'file' }],
  [stat('/s'), { ...wholeStat, type: 'link', target: 'to\nthere' }],
  [stat('/s'), { ...wholeStat, type: 'other' }],
  [command('x'), { kind: 'command', argv: ['x'], status: 3, stdout: 'out\0', stderr: 'no newline' }],
]

const results: readonly (readonly [Step, StepResult])[] = [
  [run(['x']), { state: 'done', status: 0, stdout: 'o', stderr: 'e' }],
  [run(['x'], { ok: [2] }), { state: 'done', status: 2, stdout: '', stderr: '' }],
  [run(['x'], { ok: [0] }), { state: 'failed', reason: 'because so', status: 0, stdout: '', stderr: 'other' }],
  [attr('/a', '1'), { state: 'failed', reason: 'Device or resource busy', status: 1, stdout: '', stderr: '' }],
  [attr('/a', '1'), { state: 'not run' }],
]

describe('a reply that is made natively', () => {
  it.each(readings)('carries the reading of %j', (read, reading) => {
    const frame: Frame = { before: [read], steps: [], after: [read] }
    const result: FrameResult = { before: [reading], steps: [], after: [reading] }
    expect(parse(frame, encodeReply(frame, nonce, result)).result).toEqual({ ok: true, value: result })
  })

  it.each(results)('carries what became of %j', (step, stepResult) => {
    const frame: Frame = { before: [], steps: [step], after: [] }
    const result: FrameResult = { before: [], steps: [stepResult], after: [] }
    expect(parse(frame, encodeReply(frame, nonce, result)).result).toEqual({ ok: true, value: result })
  })

  it('arrives whole in pieces of any size', () => {
    const frame: Frame = { before: readings.map(([read]) => read), steps: results.map(([step]) => step), after: [] }
    const result: FrameResult = {
      before: readings.map(([, reading]) => reading),
      steps: results.map(([, each]) => each),
      after: [],
    }
    const reply = encodeReply(frame, nonce, result)
    for (const size of [1, 2, 31, 32, 33, 100, 100_000])
      expect(parse(frame, reply, size).result).toEqual({ ok: true, value: result })
  })
})

describe('a reply', () => {
  const frame: Frame = { before: [command('x')], steps: [], after: [] }
  const reading = (stdout: string, stderr = ''): FrameResult => ({
    before: [{ kind: 'command', argv: ['x'], status: 0, stdout, stderr }],
    steps: [],
    after: [],
  })

  it('is not begun by the greeting of a login shell', () => {
    const parser = new FrameParser(frame, nonce)
    parser.pushStdout(Buffer.from('Welcome!\n'))
    expect([parser.begun, parser.completed, parser.result]).toEqual([false, 0, null])
    const reply = encodeReply(frame, nonce, reading('hi'))
    parser.pushStdout(reply.stdout)
    parser.pushStderr(reply.stderr)
    expect([parser.begun, parser.completed, parser.result]).toEqual([true, 1, { ok: true, value: reading('hi') }])
  })

  it('is not ended by output that looks like the marks of another frame', () => {
    const other = `${nonce.replace('0', '1')}.0\n`
    expect(parse(frame, encodeReply(frame, nonce, reading(other.repeat(3), other))).result).toEqual({
      ok: true,
      value: reading(other.repeat(3), other),
    })
  })

  it('keeps 8 MiB of what a command prints and says that it was cut', () => {
    const reply = encodeReply(frame, nonce, reading('x'.repeat(outputLimit + 1)))
    const cut = reading('x'.repeat(outputLimit), '[vflag-play: stdout was cut after 8388608 bytes]\n')
    expect(parse(frame, reply, 65536).result).toEqual({ ok: true, value: cut })
  })

  it('with too few answers is an error', () => {
    const other: Frame = { before: [], steps: [], after: [] }
    const reply = encodeReply(other, nonce, { before: [], steps: [], after: [] })
    expect(parse(frame, reply).result).toEqual({ ok: false, error: 'the host answered 0 of 1 calls' })
  })
})
