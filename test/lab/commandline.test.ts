import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../src/lab/commandline.ts'

const stdin = { kind: 'stdin shell', greeting: '' }
const text = (line: string) => ({ kind: 'text', text: line })
const sudo = { method: 'sudo', user: 'root', mayAsk: true, fromStdin: false, prompt: null }

describe('the command of an exec request', () => {
  test.each(['/bin/sh', 'sh', 'sh -s', 'exec /bin/sh', 'LC_ALL=C exec /bin/sh', 'env A=b /usr/bin/bash -', 'bash -l'])(
    '%s is a shell that reads from stdin',
    (line) => expect(parseCommandLine(line)).toEqual({ becomes: [], run: stdin }),
  )

  test.each([
    'cat /proc/net/bonding/bond0 | grep Mode',
    'sh -c "ip link"',
    "sh '/tmp/x'",
    'echo "$HOME"',
    'exec sh < /tmp/x',
    "echo 'open",
    '',
  ])('%s is text, and stays as it is', (line) =>
    expect(parseCommandLine(line)).toEqual({ becomes: [], run: text(line) }),
  )

  test.each([
    ['sudo -n -u root -- /bin/sh', [{ ...sudo, mayAsk: false }], stdin],
    [
      "sudo -S -p '[it'\\''s a marker]' -u root -- /bin/sh",
      [{ ...sudo, fromStdin: true, prompt: "[it's a marker]" }],
      stdin,
    ],
    ['sudo -nH -uvirt /bin/sh', [{ ...sudo, mayAsk: false, user: 'virt' }], stdin],
    ['/usr/bin/sudo -Sp "who?" sh -s', [{ ...sudo, fromStdin: true, prompt: 'who?' }], stdin],
    ["su -s /bin/sh virt -c 'exec /bin/sh'", [{ ...sudo, method: 'su', user: 'virt', fromStdin: true }], stdin],
    ['su', [{ ...sudo, method: 'su', fromStdin: true }], stdin],
    [
      "exec env LC_ALL=C sudo -S -p 'pw-1:' -u root -- /bin/sh -c 'echo ready-1; exec /bin/sh'",
      [{ ...sudo, fromStdin: true, prompt: 'pw-1:' }],
      { kind: 'stdin shell', greeting: 'ready-1\n' },
    ],
    [
      "exec env LC_ALL=C su 'root' -s /bin/sh -c 'echo ready-1; exec /bin/sh'",
      [{ ...sudo, method: 'su', fromStdin: true }],
      { kind: 'stdin shell', greeting: 'ready-1\n' },
    ],
    ["sudo sh -c 'echo ready; ip link'", [sudo], text("sh -c 'echo ready; ip link'")],
    ["sudo ls '/a b'", [sudo], text("ls '/a b'")],
    ['sudo sudo -n sh', [sudo, { ...sudo, mayAsk: false }], stdin],
  ])('%s changes the user first', (line, becomes, run) => expect(parseCommandLine(line)).toEqual({ becomes, run }))

  test('what starts with no known program is text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (rest) => {
        const line = `ip ${rest}`
        expect(parseCommandLine(line)).toEqual({ becomes: [], run: text(line) })
      }),
    )
  })

  test('words behind sudo stay the words they are', () => {
    const words = fc.array(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(words, (args) => {
        const quoted = args.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
        const { becomes, run } = parseCommandLine(`sudo -n -- ip ${quoted}`)
        expect(becomes).toEqual([{ ...sudo, mayAsk: false }])
        const inner = parseCommandLine(`sudo -n -- ${run.kind === 'text' ? run.text : ''}`)
        expect(inner.run).toEqual(run)
      }),
    )
  })
})
