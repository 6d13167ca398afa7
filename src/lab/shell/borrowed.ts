import type { Tool } from '../../machine/machine.ts'
import type { Shell } from './shell.ts'

/**
 * Programs of every Linux that the model leaves to just-bash, so that `command: grep ...` finds them as `shell:` does.
 * They are known by name because just-bash itself is loaded only when one of them is used.
 */
const names = [
  ...['awk', 'base64', 'basename', 'bash', 'cat', 'chmod', 'cmp', 'comm', 'cp', 'cut', 'date', 'diff', 'dirname', 'du'],
  ...['echo', 'egrep', 'env', 'expr', 'false', 'fgrep', 'find', 'fold', 'grep', 'gunzip', 'gzip', 'head', 'hostname'],
  ...[
    'join',
    'ln',
    'ls',
    'md5sum',
    'mkdir',
    'mktemp',
    'mv',
    'nl',
    'od',
    'paste',
    'printenv',
    'printf',
    'pwd',
    'readlink',
  ],
  ...['rev', 'rm', 'rmdir', 'sed', 'seq', 'sh', 'sha1sum', 'sha256sum', 'sleep', 'sort', 'split', 'stat', 'strings'],
  ...['tac', 'tail', 'tar', 'tee', 'timeout', 'touch', 'tr', 'true', 'uniq', 'wc', 'which', 'whoami', 'xargs'],
]

/** Those of them that a machine with the programs `present` lacks, run by its shell. */
export function borrowedTools(present: Iterable<string>, shell: () => Shell): Readonly<Record<string, Tool>> {
  const known = new Set(present)
  const tool = (name: string): Tool => {
    return async ({ args, stdin, env, cwd }) => {
      const text = [name, ...args].map(quoted).join(' ')
      const result = await shell().run({ text, env, cwd, stdin: Buffer.from(stdin) })
      const [stdout, stderr] = [result.stdout, result.stderr].map((bytes) => Buffer.from(bytes).toString('utf8'))
      return { status: result.status, stdout: stdout ?? '', stderr: stderr ?? '' }
    }
  }
  return Object.fromEntries(names.filter((name) => !known.has(name)).map((name) => [name, tool(name)]))
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
