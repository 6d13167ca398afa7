import { basename, dirname } from 'node:path/posix'
import type { Args, Helper } from './helper.ts'
import { refused } from './trouble.ts'

/** Making text out of text. */
export const textHelpers: readonly Helper[] = [
  {
    name: 'join',
    usage: 'list separator',
    summary: 'The items of a list as one text.',
    example: ["{{join ports ', '}}", 'ens2f0, ens2f1'],
    arity: [2, 2],
    needs: 'whole',
    run: join,
  },
  {
    name: 'split',
    usage: 'text separator',
    summary: 'The pieces of a text between the separators, as a list.',
    example: ["{{last (split pci '.')}}", '1'],
    arity: [2, 2],
    needs: 'whole',
    run: (args) => args.text(0).split(args.text(1)),
  },
  {
    name: 'replace',
    usage: 'text from to',
    summary: 'The text with each occurrence of one piece replaced by another; no patterns.',
    example: ["{{replace bond 'bond' 'team'}}", 'team0'],
    arity: [3, 3],
    needs: 'whole',
    // A function as replacement, for `$&` and its like would be read in a text.
    run: (args) => args.text(0).replaceAll(args.text(1), () => args.text(2)),
  },
  mapped('upper', 'The text in upper case.', '{{upper bond}}', 'BOND0', (text) => text.toUpperCase()),
  mapped('lower', 'The text in lower case.', "{{lower 'ON'}}", 'on', (text) => text.toLowerCase()),
  mapped('trim', 'The text without white space at its ends.', "{{trim ' x '}}", 'x', (text) => text.trim()),
  {
    name: 'indent',
    usage: 'text width',
    summary: 'The text with each line but the first and empty ones moved to the right by that many spaces.',
    example: ['{{indent (json ports 1) 2}}', '[\n   "ens2f0",\n   "ens2f1"\n  ]'],
    arity: [2, 2],
    needs: 'whole',
    run: (args) => args.text(0).replaceAll(/\n(?=[^\n])/g, `\n${' '.repeat(args.whole(1, 200))}`),
  },
  mapped('quote', 'The text quoted for a POSIX shell, as one word.', '{{quote "it\'s"}}', "'it'\\''s'", quote),
  mapped('b64encode', 'The text in Base64 (RFC 4648), as UTF-8.', '{{b64encode bond}}', 'Ym9uZDA=', (text) =>
    Buffer.from(text, 'utf8').toString('base64'),
  ),
  {
    name: 'b64decode',
    usage: 'text',
    summary: 'The UTF-8 text that was encoded in Base64.',
    example: ["{{b64decode 'Ym9uZDA='}}", 'bond0'],
    arity: [1, 1],
    needs: 'whole',
    run: b64decode,
  },
  mapped('basename', 'The last part of a path.', "{{basename '/etc/hosts'}}", 'hosts', (text) => basename(text)),
  mapped('dirname', 'A path without its last part.', "{{dirname '/etc/hosts'}}", '/etc', (text) => dirname(text)),
]

function mapped(name: string, summary: string, template: string, text: string, of: (text: string) => string): Helper {
  return {
    name,
    usage: 'text',
    summary,
    example: [template, text],
    arity: [1, 1],
    needs: 'whole',
    run: (args) => of(args.text(0)),
  }
}

function join(args: Args): string {
  const pieces = args.list(0).map((item) => {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item)
    throw args.wrong(
      0,
      'a list of texts, numbers and booleans',
      'take one key of each with pluck, or print it with json',
    )
  })
  return pieces.join(args.text(1))
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function b64decode(args: Args): string {
  const text = args.text(0).replaceAll(/\s/g, '')
  if (!/^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/.test(text)) throw args.wrong(0, 'Base64')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'))
  } catch {
    throw refused('what the argument of the helper "b64decode" encodes is no UTF-8 text')
  }
}
